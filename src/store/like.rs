//! Looking for text inside text, the same on both engines.

diesel::define_sql_function! {
    /// Lower case. Both engines fold at least the letters of ASCII.
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// The character that takes the next one's meaning away in the patterns made here.
pub(crate) const ESCAPE: char = '\\';

/// The pattern of `LIKE` for whatever begins with `text`.
pub(crate) fn beginning_with(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// The pattern of `LIKE` for whatever has `text` in it.
pub(crate) fn containing(text: &str) -> String {
    format!("%{}", beginning_with(text))
}
