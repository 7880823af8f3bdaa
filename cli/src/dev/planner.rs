//! From an objective in plain words to steps: a few rules, each of which recognizes what one tool can do.

use serde_json::{Value, json};

use super::arithmetic;

/// The steps that lead to an objective; at least one.
pub(super) fn plan(objective: &str) -> Vec<Value> {
    let lower = objective.to_lowercase();
    let has = |words: &[&str]| lower.split(|letter: char| !letter.is_alphanumeric()).any(|word| words.contains(&word));
    let quoted = quoted(objective);
    // What is quoted may mention a file, but one outside of the quotes is meant.
    let file = quoted.and_then(|text| file_name(&objective.replacen(text, " ", 1)).map(str::to_owned));
    let file = file.or_else(|| file_name(objective).map(str::to_owned));
    let mut steps: Vec<(&str, Value, &str)> = Vec::new();
    if let Some(expression) = arithmetic::find(objective) {
        steps.push(("math.evaluate", json!({ "expression": expression }), "Work the expression out."));
    }
    if has(&["time", "date", "clock", "today", "now"]) {
        steps.push(("clock.now", json!({}), "Ask the clock."));
    }
    if has(&["memory", "load", "cpu", "host", "uptime", "metrics", "machine"]) {
        steps.push(("host.metrics", json!({}), "Ask the machine how it is."));
    }
    match (quoted, file) {
        (Some(text), Some(file)) if has(&["write", "save", "store"]) => {
            steps.push(("file.write", json!({ "path": file, "content": text }), "Write the text to the file."));
        }
        (_, Some(file)) if has(&["read", "show", "open"]) => {
            steps.push(("file.read", json!({ "path": file }), "Read the file."));
        }
        (Some(text), _) => steps.push(("echo", json!({ "text": text }), "Say the text.")),
        (None, _) => {}
    }
    if has(&["files", "list", "folder"]) {
        steps.push(("file.list", json!({}), "List the files."));
    }
    if steps.is_empty() {
        steps.push(("echo", json!({ "text": objective }), "No tool is known for this; say it back."));
    }
    let number = |(index, (action, parameters, description)): (usize, (&str, Value, &str))| json!({ "id": format!("step-{}", index + 1), "action": action, "parameters": parameters, "description": description });
    steps.into_iter().enumerate().map(number).collect()
}

/// The first text in double or single quotes.
fn quoted(text: &str) -> Option<&str> {
    ['"', '\''].iter().find_map(|mark| {
        // A mark within a word is an apostrophe.
        let opens = |at: &usize| !text[..*at].ends_with(char::is_alphanumeric);
        let start = text.match_indices(*mark).map(|(at, _)| at).find(opens)? + mark.len_utf8();
        let (inner, _) = text[start..].split_once(*mark)?;
        (!inner.is_empty()).then_some(inner)
    })
}

/// The first word that looks like the name of a file.
fn file_name(text: &str) -> Option<&str> {
    text.split_whitespace().map(|word| word.trim_matches(['"', '\'', ',', '?', '!', ':', '.'])).find(|word| {
        let Some((stem, ending)) = word.rsplit_once('.') else { return false };
        !stem.is_empty() && (1..=4).contains(&ending.len()) && ending.chars().all(|letter| letter.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(objective: &str) -> Vec<String> {
        plan(objective).iter().map(|step| step["action"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn each_rule_finds_its_tool() {
        assert_eq!(actions("What is (17+4)*2, and what time is it?"), ["math.evaluate", "clock.now"]);
        assert_eq!(actions("Write \"hello\" to note.txt and list the files"), ["file.write", "file.list"]);
        assert_eq!(actions("read note.txt"), ["file.read"]);
        assert_eq!(actions("How much memory has this machine?"), ["host.metrics"]);
        assert_eq!(actions("say 'hello'"), ["echo"]);
        assert_eq!(actions("be kind"), ["echo"]);
    }
}
