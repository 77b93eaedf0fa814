//! Rust text without what the compiler does not read: comments, strings, and code for tests only.
//!
//! Not a parser. Lengths and line numbers stay as they are, because what is removed becomes spaces.

/// `text` with comments, string contents and `#[cfg(test)]` blocks blanked out.
pub fn production(text: &str) -> String {
    without_test_blocks(&without_comments_and_strings(text))
}

/// `text` with comments and string contents blanked out.
pub fn without_comments_and_strings(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let length = comment(&characters[at..])
            .or_else(|| raw_string(&characters[at..], at.checked_sub(1).map(|i| characters[i])))
            .or_else(|| quoted(&characters[at..]))
            .unwrap_or(0);
        for character in &characters[at..at + length] {
            out.push(if *character == '\n' { '\n' } else { ' ' });
        }
        at += length;
        if length == 0 {
            out.push(characters[at]);
            at += 1;
        }
    }
    out
}

fn starts(text: &[char], wanted: &str) -> bool {
    wanted.chars().enumerate().all(|(index, one)| text.get(index) == Some(&one))
}

fn comment(text: &[char]) -> Option<usize> {
    if starts(text, "//") {
        return Some(text.iter().position(|c| *c == '\n').unwrap_or(text.len()));
    }
    if !starts(text, "/*") {
        return None;
    }
    let (mut depth, mut at) = (0_u32, 0);
    while at < text.len() {
        if starts(&text[at..], "/*") {
            depth += 1;
            at += 2;
        } else if starts(&text[at..], "*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += 1;
        }
    }
    Some(text.len())
}

fn raw_string(text: &[char], before: Option<char>) -> Option<usize> {
    if text.first() != Some(&'r') || before.is_some_and(is_word) && before != Some('b') {
        return None;
    }
    let hashes = text[1..].iter().take_while(|c| **c == '#').count();
    if text.get(1 + hashes) != Some(&'"') {
        return None;
    }
    let end: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = 2 + hashes;
    let closes = (body..text.len()).find(|at| starts(&text[*at..], &end));
    Some(closes.map_or(text.len(), |at| at + 1 + hashes))
}

/// A string or a character; a lifetime is neither.
fn quoted(text: &[char]) -> Option<usize> {
    let quote = *text.first()?;
    if quote == '\'' {
        let is_character = text.get(1) == Some(&'\\') || text.get(2) == Some(&'\'');
        if !is_character {
            return None;
        }
    } else if quote != '"' {
        return None;
    }
    let mut at = 1;
    while at < text.len() {
        if text[at] == '\\' {
            at += 2;
        } else if text[at] == quote {
            return Some(at + 1);
        } else {
            at += 1;
        }
    }
    Some(text.len())
}

fn without_test_blocks(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let length = item_length(from);
        out.extend(from[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &from[length..];
    }
    out.push_str(rest);
    out
}

/// How far the item that begins `code` goes: to its semicolon, or to the end of its braces.
fn item_length(code: &str) -> usize {
    let mut depth = 0_u32;
    for (at, character) in code.char_indices() {
        match character {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

pub fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Where `word` stands in `code` as a word of its own that no path leads to: offsets in bytes.
pub fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = code[..*at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(|c| is_word(c) || c == ':' || c == '.' || c == '\'')
            && !after.is_some_and(is_word)
    })
}

/// The line, from 1, on which offset `at` stands.
pub fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

#[test]
fn comments_strings_and_lifetimes_are_told_apart() {
    let text = "let a = \"ONE // TWO\"; // THREE\nfn f<'a>(c: char) -> &'a str { \
                r#\"FOUR \" FIVE\"# } /* SIX /* SEVEN */ EIGHT */ '\"' + '\\'' NINE";

    let code = without_comments_and_strings(text);

    assert_eq!(code.len(), text.len());
    let capitals: String = code.chars().filter(char::is_ascii_uppercase).collect();
    assert_eq!(capitals, "NINE");
    assert!(code.contains("fn f<'a>(c: char) -> &'a str {"), "{code}");
}

#[test]
fn code_for_tests_is_not_production() {
    let text = "use a;\n#[cfg(test)]\nmod tests {\n    fn f() { store(); }\n}\nuse b;\n";

    let code = production(text);

    assert!(!code.contains("store") && code.contains("use b;"), "{code}");
    assert_eq!(line_of(&code, code.find("use b;").unwrap()), 6);
}
