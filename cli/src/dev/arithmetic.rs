//! A small, safe evaluator of arithmetic: numbers, + - * / % ^, parentheses.

/// How deeply an expression may nest.
const DEEPEST: usize = 64;

/// The value of an expression, or what is wrong with it.
pub(super) fn evaluate(text: &str) -> Result<f64, String> {
    let mut reader = Reader { rest: text.trim_start(), depth: 0 };
    let value = reader.sum()?;
    if !reader.rest.is_empty() {
        return Err(format!("`{}` was not expected", reader.rest.chars().take(16).collect::<String>()));
    }
    if value.is_finite() { Ok(value) } else { Err("the result is not a finite number".to_owned()) }
}

/// The longest arithmetic expression in a text, if there is one with an operator in it.
pub(super) fn find(text: &str) -> Option<&str> {
    let fits = |character: char| character.is_ascii_digit() || " +-*/%^().".contains(character);
    let mut best: Option<&str> = None;
    for run in text.split(|character| !fits(character)) {
        let run = run.trim_matches([' ', '.', '+', '*', '/', '%', '^']);
        let operators = run.trim_start_matches('-').contains(['+', '-', '*', '/', '%', '^']);
        if operators && evaluate(run).is_ok() && best.is_none_or(|best| run.len() > best.len()) {
            best = Some(run);
        }
    }
    best
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn take(&mut self, choices: &[char]) -> Option<char> {
        let first = self.rest.chars().next().filter(|first| choices.contains(first))?;
        self.rest = self.rest[first.len_utf8()..].trim_start();
        Some(first)
    }

    fn sum(&mut self) -> Result<f64, String> {
        let mut value = self.product()?;
        while let Some(operator) = self.take(&['+', '-']) {
            let right = self.product()?;
            value = if operator == '+' { value + right } else { value - right };
        }
        Ok(value)
    }

    fn product(&mut self) -> Result<f64, String> {
        let mut value = self.power()?;
        while let Some(operator) = self.take(&['*', '/', '%']) {
            let right = self.power()?;
            if operator != '*' && right == 0.0 {
                return Err("division by zero".to_owned());
            }
            value = match operator {
                '*' => value * right,
                '/' => value / right,
                _ => value % right,
            };
        }
        Ok(value)
    }

    fn power(&mut self) -> Result<f64, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("it nests more than {DEEPEST} levels deep"));
        }
        let base = self.atom()?;
        // To the right first, as in mathematics.
        let value = if self.take(&['^']).is_some() { base.powf(self.power()?) } else { base };
        self.depth -= 1;
        Ok(value)
    }

    fn atom(&mut self) -> Result<f64, String> {
        if self.take(&['-']).is_some() {
            return Ok(-self.power()?);
        }
        if self.take(&['(']).is_some() {
            let value = self.sum()?;
            return self.take(&[')']).map(|_| value).ok_or_else(|| "a `)` is missing".to_owned());
        }
        let length = self.rest.find(|character: char| !character.is_ascii_digit() && character != '.');
        let (number, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        let value = number
            .parse()
            .map_err(|_| format!("a number was expected, not `{}`", self.rest.chars().take(16).collect::<String>()))?;
        self.rest = rest.trim_start();
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_follows_the_usual_order() {
        for (text, value) in [
            ("1 + 2 * 3", 7.0),
            ("(1+2)*3", 9.0),
            ("2^3^2", 512.0),
            ("-2^2", -4.0),
            ("7 % 4 / 2", 1.5),
            ("1.5*-2", -3.0),
        ] {
            assert_eq!(evaluate(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_an_error() {
        for text in ["", "1 +", "1/0", "1%0", "(1", "1)", "abc", "9^9^9^9", "1..2"] {
            assert!(evaluate(text).is_err(), "{text}");
        }
        assert!(evaluate(&"(".repeat(100_000)).is_err());
        assert!(evaluate(&"-".repeat(100_000)).is_err());
    }

    #[test]
    fn an_expression_is_found_in_a_sentence() {
        assert_eq!(find("What is (17 + 4) * 2, please?"), Some("(17 + 4) * 2"));
        assert_eq!(find("Room 12 on floor 3"), None);
        assert_eq!(find("the year 2026."), None);
    }
}
