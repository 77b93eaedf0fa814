//! A calendar as a program on somebody's telephone keeps it. Shares no code with the writer.

use std::collections::BTreeMap;

/// One component: its properties by name with parameters, in order.
pub type Component = Vec<(String, String)>;

/// Unfolds a file and cuts it into its properties.
pub fn properties(file: &str) -> Component {
    let unfolded = file.replace("\r\n ", "");
    let lines = unfolded.split_terminator("\r\n");
    lines
        .map(|line| {
            // A colon within quotes belongs to a parameter.
            let mut is_quoted = false;
            let colon = line.find(|character| {
                is_quoted ^= character == '"';
                character == ':' && !is_quoted
            });
            let (name, value) = line.split_at(colon.unwrap_or_else(|| panic!("no colon: {line}")));
            (name.to_owned(), value[1..].to_owned())
        })
        .collect()
}

/// The components called `kind`.
pub fn components(file: &str, kind: &str) -> Vec<Component> {
    let (mut found, mut open) = (Vec::new(), None);
    for (name, value) in properties(file) {
        match (name.as_str(), value == kind, &mut open) {
            ("BEGIN", true, _) => open = Some(Component::new()),
            ("END", true, one) => found.extend(one.take()),
            (_, _, Some(one)) => one.push((name, value)),
            (_, _, None) => {}
        }
    }
    found
}

/// The value of the property called `name`, whatever parameters it has.
pub fn value<'a>(component: &'a Component, name: &str) -> Option<&'a str> {
    let is_wanted = |full: &str| full.split(';').next() == Some(name);
    component.iter().find(|(full, _)| is_wanted(full)).map(|(_, value)| value.as_str())
}

/// What a calendar holds: by `UID` and `RECURRENCE-ID`, the event that counts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Held(BTreeMap<(String, String), (u32, String, Component)>);

impl Held {
    /// Takes in a message as RFC 5546 asks: an event with a higher sequence counts, or of equal
    /// ones the one with the later stamp; the rest comes late and is left alone.
    pub fn deliver(&mut self, message: &str) {
        let method = value(&properties(message), "METHOD").unwrap().to_owned();
        for event in components(message, "VEVENT") {
            let read = |name| value(&event, name).unwrap_or_default().to_owned();
            let is_off = read("STATUS") == "CANCELLED";
            assert_eq!(method == "CANCEL", is_off, "a {method} says {}", read("STATUS"));
            let key = (read("UID"), read("RECURRENCE-ID"));
            let (sequence, stamp) = (read("SEQUENCE").parse().unwrap(), read("DTSTAMP"));
            let held = self.0.get(&key).map(|(sequence, stamp, _)| (*sequence, stamp.clone()));
            if held.is_none_or(|held| held < (sequence, stamp.clone())) {
                self.0.insert(key, (sequence, stamp, event));
            }
        }
    }

    /// What is shown: everything that was not called off.
    pub fn shown(&self) -> Vec<&Component> {
        let events = self.0.values().map(|(_, _, event)| event);
        events.filter(|event| value(event, "STATUS") != Some("CANCELLED")).collect()
    }
}
