//! `kei.validate`: whether a value of the host's keeps to a rule, before it goes anywhere. The rules look at form alone, never at words that some text
//! may hold for a good reason.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use super::target::{invalid, segment};
use crate::error::Result;
use crate::json::Bounds;
use crate::operation::{Local, Operation, written};

pub(super) const OPERATIONS: &[Operation] = &[Operation::local::<ValidateRequest, ValidateAnswer>(
    "kei.validate",
    "Checks a value against a named rule of form: text, a line, a name, a path, a URL, a number, JSON. What is wrong is in the answer, not an error.",
    validate,
)];

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Rule {
    /// A text without control characters besides tabs and line ends.
    Text,
    /// A text without any control character: one line.
    Line,
    /// A plain name, of 1 to 256 bytes: no slash, no control character, not `.` or `..`.
    Name,
    /// A relative path that stays below where it begins: no `..`, encoded or not, no drive, no root.
    Path,
    /// An absolute URL of an allowed scheme, without user name or password.
    Url,
    /// A number.
    Number,
    /// A whole number.
    Integer,
    /// Any JSON.
    Json,
}

/// A value, and what it should be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ValidateRequest<'a> {
    /// The value.
    #[serde(borrow)]
    value: &'a RawValue,
    /// The rule.
    rule: Rule,
    /// How many bytes a text, or the JSON, may have.
    #[serde(default)]
    max_bytes: Option<usize>,
    /// How many characters (Unicode scalar values) a text must have.
    #[serde(default)]
    min_chars: Option<usize>,
    /// How many it may have.
    #[serde(default)]
    max_chars: Option<usize>,
    /// How small a number may be.
    #[serde(default)]
    minimum: Option<f64>,
    /// How large it may be.
    #[serde(default)]
    maximum: Option<f64>,
    /// How deeply JSON may nest; `limits.max_depth` when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 128))]
    max_depth: Option<usize>,
    /// The schemes that a URL may have; `https` and `http` when absent.
    #[serde(default)]
    schemes: Option<Vec<String>>,
}

/// What came of it.
#[derive(Serialize, JsonSchema)]
struct ValidateAnswer {
    /// Whether the value keeps to the rule.
    valid: bool,
    /// What is wrong with it, each in a sentence.
    problems: Vec<String>,
}

fn validate(invocation: &Local<'_>) -> Result<Vec<u8>> {
    let request: ValidateRequest = invocation.request()?;
    if request.max_depth.is_some_and(|depth| !(1..=128).contains(&depth)) {
        return Err(invalid("max_depth", "must be from 1 to 128"));
    }
    let mut problems = Vec::new();
    let depth = request.max_depth.unwrap_or(invocation.session.config.limits.max_depth);
    match (request.rule, serde_json::from_str::<Value>(request.value.get())) {
        (_, Err(_)) => problems.push("the value is no JSON that can be read: a number in it is too large".to_owned()),
        (Rule::Json, Ok(_)) => json(&request, depth, &mut problems),
        (Rule::Number | Rule::Integer, Ok(value)) => number(&request, &value, &mut problems),
        (_, Ok(Value::String(text))) => self::text(&request, &text, &mut problems),
        (_, Ok(_)) => problems.push("the value must be a text".to_owned()),
    }
    written(&ValidateAnswer { valid: problems.is_empty(), problems })
}

fn json(request: &ValidateRequest, depth: usize, problems: &mut Vec<String>) {
    let text = request.value.get();
    if let Err(error) = Bounds::of_depth(depth).check(text, "the value") {
        problems.push(error.to_string());
    }
    length(request, text, problems);
}

fn number(request: &ValidateRequest, value: &Value, problems: &mut Vec<String>) {
    let Some(number) = value.as_f64() else { return problems.push("the value must be a number".to_owned()) };
    if request.rule == Rule::Integer && !(value.is_i64() || value.is_u64()) {
        problems.push("the value must be a whole number, from -2^63 to 2^64-1".to_owned());
    }
    if let Some(least) = request.minimum.filter(|least| number < *least) {
        problems.push(format!("the value must be at least {least}"));
    }
    if let Some(most) = request.maximum.filter(|most| number > *most) {
        problems.push(format!("the value must be at most {most}"));
    }
}

fn text(request: &ValidateRequest, text: &str, problems: &mut Vec<String>) {
    length(request, text, problems);
    let characters = text.chars().count();
    if let Some(least) = request.min_chars.filter(|least| characters < *least) {
        problems.push(format!("the value has {characters} characters, fewer than {least}"));
    }
    if let Some(most) = request.max_chars.filter(|most| characters > *most) {
        problems.push(format!("the value has {characters} characters, more than {most}"));
    }
    let problem = match request.rule {
        Rule::Text | Rule::Line if is_plain(text) => None,
        Rule::Text
            if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{c}')) =>
        {
            Some("the value must not hold control characters besides tabs and line ends".to_owned())
        }
        Rule::Line if text.chars().any(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')) => {
            Some("the value must be one line, without control characters".to_owned())
        }
        Rule::Name => segment("value", text).err().map(|error| error.message.clone()),
        Rule::Path => path(text).map(str::to_owned),
        Rule::Url => url(text, request.schemes.as_deref()),
        _ => None,
    };
    problems.extend(problem);
}

/// Whether no character of a text can be a control character or an end of a line, as a glance at its bytes tells; most texts are so.
fn is_plain(text: &str) -> bool {
    // The last two begin what is past ASCII of them, and harmless characters as well.
    let suspicious = |byte: u8| byte < 0x20 || matches!(byte, 0x7f | 0xc2 | 0xe2);
    !text.bytes().fold(false, |found, byte| found | suspicious(byte))
}

fn length(request: &ValidateRequest, text: &str, problems: &mut Vec<String>) {
    if let Some(most) = request.max_bytes.filter(|most| text.len() > *most) {
        problems.push(format!("the value has {} bytes, more than {most}", text.len()));
    }
}

/// What makes a path lead elsewhere than below its beginning.
fn path(text: &str) -> Option<&'static str> {
    // What is decoded once by one who follows it, or twice.
    let decode = |text: &str| -> String {
        let plain = text.replace("%2e", ".").replace("%2E", ".").replace("%2f", "/").replace("%2F", "/");
        plain.replace("%5c", "\\").replace("%5C", "\\").replace("%00", "\0").replace("%25", "%")
    };
    let plain = decode(&decode(text));
    let first = plain.chars().next();
    if first.is_none() || plain.chars().any(char::is_control) {
        return Some("the value must be a path: not empty, and without control characters");
    }
    let drive = plain.as_bytes().get(1) == Some(&b':') && first.is_some_and(|letter| letter.is_ascii_alphabetic());
    if matches!(first, Some('/' | '\\' | '~')) || drive || Path::new(&plain).is_absolute() {
        return Some("the value must be a relative path: it begins at a root, a drive or a home");
    }
    let leaves = plain.split(['/', '\\']).any(|part| part == "..");
    leaves.then_some("the value must stay below where it begins: it holds `..`")
}

fn url(text: &str, schemes: Option<&[String]>) -> Option<String> {
    let usual = ["https".to_owned(), "http".to_owned()];
    let schemes = schemes.unwrap_or(&usual);
    if text.trim() != text || text.chars().any(char::is_control) {
        return Some("the value must be a URL, without spaces around it or control characters in it".to_owned());
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return Some(format!("the value must be an absolute URL ({error})")),
    };
    if !schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case(url.scheme())) {
        return Some(format!("the value must be a URL that begins with {}", schemes.join(":, ") + ":"));
    }
    let named = !url.username().is_empty() || url.password().is_some();
    named.then(|| "the value must not hold a user name or password".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_or_end_of_a_line_is_plain() {
        let ends = ['\u{2028}', '\u{2029}'];
        for letter in ('\0'..=char::MAX).filter(|letter| letter.is_control() || ends.contains(letter)) {
            assert!(!is_plain(&format!("a{letter}b")), "{letter:?}");
        }
        assert!(is_plain("plain, ä, 日本語 and \u{1f600}") && is_plain(""));
    }

    #[test]
    fn a_path_stays_below_where_it_begins() {
        for good in ["a", "a/b.txt", "a..b/c", ".hidden", "a/./b", "ä/ö", "100%"] {
            assert_eq!(path(good), None, "{good}");
        }
        for bad in [
            "",
            "/a",
            "..",
            "a/../../b",
            "a\\..\\b",
            "%2e%2e/a",
            "a/%252e%252e/b",
            "a%2f..%2fb",
            "C:\\a",
            "c:a",
            "~/a",
            "a\0",
            "a%00",
            "\\\\host\\share",
        ] {
            assert!(path(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn a_url_has_an_allowed_scheme_and_no_password() {
        assert_eq!(url("https://a.example/x?y#z", None), None);
        assert_eq!(url("ftp://a.example", Some(&["ftp".to_owned()])), None);
        for bad in [
            "a.example",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://u:p@a.example",
            " https://a.example",
            "https://a\n.example",
            "//a.example",
        ] {
            assert!(url(bad, None).is_some(), "{bad:?}");
        }
    }
}
