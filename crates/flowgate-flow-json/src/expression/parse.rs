//! Parses expressions by precedence, with bounds on size and nesting.
//!
//! From tight to loose: `!`, `* / %`, `+ -`, values side by side, comparisons,
//! `&&`, `||`. The source fixes no order between joining and comparing; both
//! in one expression without parentheses do not occur in its examples.

use std::ops::Range;

use super::{
    Expression, ExpressionKind, ExpressionProblem, ExpressionProblemKind as Kind, Mode, Operator,
    reference,
};

/// Tokens beyond these are not read; no phone shows the result of so many.
const MAX_TOKENS: usize = 512;

/// Parentheses and negations nest no deeper than this.
const MAX_NESTING: usize = 32;

pub(crate) fn parse_expression(
    text: &str,
    range: Range<usize>,
    mode: Mode,
) -> Result<Expression, ExpressionProblem> {
    let tokens = tokens(text, range.clone(), mode)?;
    if tokens.is_empty() {
        return Err(ExpressionProblem {
            kind: Kind::Empty,
            span: range,
        });
    }
    let mut parser = Parser {
        tokens,
        at: 0,
        mode,
        end: range.end,
        nesting: 0,
    };
    let expression = parser.binary(0)?;
    let Some(rest) = parser.peek() else {
        return Ok(expression);
    };
    let span = rest.span.clone();
    Err(match &rest.kind {
        TokenKind::Close => problem(Kind::UnmatchedClose, span),
        _ => problem(Kind::MissingOperator, expression.span.start..span.end),
    })
}

fn problem(kind: Kind, span: Range<usize>) -> ExpressionProblem {
    ExpressionProblem { kind, span }
}

#[derive(Clone, Debug)]
struct Token {
    kind: TokenKind,
    span: Range<usize>,
}

#[derive(Clone, Debug)]
enum TokenKind {
    Value(ExpressionKind),
    Operator(Operator),
    Not,
    Open,
    Close,
}

fn tokens(text: &str, range: Range<usize>, mode: Mode) -> Result<Vec<Token>, ExpressionProblem> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = range.start;
    let mut open = 0_usize;
    while at < range.end {
        let rest = &text[at..range.end];
        let Some(first) = rest.chars().next() else {
            break;
        };
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if tokens.len() == MAX_TOKENS {
            return Err(problem(Kind::TooComplex, range));
        }
        let (kind, length) = match first {
            '(' => {
                open += 1;
                (TokenKind::Open, 1)
            }
            ')' => {
                // Found here rather than by the parser, so that what follows
                // a stray parenthesis does not hide it.
                if open == 0 {
                    return Err(problem(Kind::UnmatchedClose, at..at + 1));
                }
                open -= 1;
                (TokenKind::Close, 1)
            }
            '\'' => {
                let Some((value, length)) = quoted(rest) else {
                    return Err(problem(Kind::UnclosedText, at..range.end));
                };
                (TokenKind::Value(ExpressionKind::Text(value)), length)
            }
            '$' if rest.starts_with("${") => {
                let reference = reference::read(text, at)?;
                let length = reference.span.len();
                if at + length > range.end {
                    return Err(problem(
                        Kind::Reference(reference::ReferenceProblem::Unclosed),
                        at..range.end,
                    ));
                }
                (
                    TokenKind::Value(ExpressionKind::Reference(reference)),
                    length,
                )
            }
            '0'..='9' => number(rest, at)?,
            '-' if !ends_value(tokens.last()) => {
                if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
                    let kind = if tokens.is_empty()
                        || matches!(tokens.last().map(|t| &t.kind), Some(TokenKind::Open))
                    {
                        Kind::LoneMinus
                    } else {
                        Kind::MisplacedOperator("-".into())
                    };
                    return Err(problem(kind, at..at + 1));
                }
                let (kind, length) = number(&rest[1..], at + 1)?;
                let TokenKind::Value(ExpressionKind::Number(value)) = kind else {
                    return Err(problem(Kind::LoneMinus, at..at + 1));
                };
                (TokenKind::Value(ExpressionKind::Number(-value)), length + 1)
            }
            '=' | '!' | '<' | '>' | '&' | '|' | '+' | '-' | '*' | '/' | '%' | '^' | '?' | ':' => {
                operator(rest, at, mode)?
            }
            first if first.is_alphabetic() || first == '_' => word(rest, at)?,
            other => {
                return Err(problem(
                    Kind::UnexpectedCharacter(other),
                    at..at + other.len_utf8(),
                ));
            }
        };
        tokens.push(Token {
            kind,
            span: at..at + length,
        });
        at += length;
    }
    Ok(tokens)
}

fn ends_value(token: Option<&Token>) -> bool {
    matches!(
        token.map(|token| &token.kind),
        Some(TokenKind::Value(_) | TokenKind::Close)
    )
}

/// Reads a text in single quotes; a backslash keeps the quote after it.
fn quoted(rest: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' => return Some((value, at + 1)),
            '\\' => match characters.peek() {
                Some((_, next @ ('\'' | '`' | '\\'))) => {
                    value.push(*next);
                    characters.next();
                }
                _ => value.push('\\'),
            },
            other => value.push(other),
        }
    }
    None
}

fn number(rest: &str, at: usize) -> Result<(TokenKind, usize), ExpressionProblem> {
    let length = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_')
        .unwrap_or(rest.len());
    let text = &rest[..length];
    let malformed = || problem(Kind::MalformedNumber(text.to_owned()), at..at + length);
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
        || text.ends_with('.')
        || (text.len() > 1 && text.starts_with('0') && !text.starts_with("0."))
    {
        return Err(malformed());
    }
    let value = text.parse().map_err(|_| malformed())?;
    Ok((TokenKind::Value(ExpressionKind::Number(value)), length))
}

fn operator(rest: &str, at: usize, mode: Mode) -> Result<(TokenKind, usize), ExpressionProblem> {
    let unknown = |text: &str| {
        Err(problem(
            Kind::UnknownOperator(text.to_owned()),
            at..at + text.len(),
        ))
    };
    for wrong in ["===", "!=="] {
        if rest.starts_with(wrong) {
            return unknown(wrong);
        }
    }
    for (symbol, operator) in [
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("&&", Operator::And),
        ("||", Operator::Or),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ] {
        if rest.starts_with(symbol) {
            return Ok((TokenKind::Operator(operator), symbol.len()));
        }
    }
    if rest.starts_with('!') {
        return Ok((TokenKind::Not, 1));
    }
    for (symbol, operator) in [
        ("+", Operator::Add),
        ("-", Operator::Subtract),
        ("*", Operator::Multiply),
        ("/", Operator::Divide),
        ("%", Operator::Remainder),
    ] {
        if rest.starts_with(symbol) && mode != Mode::Condition {
            return Ok((TokenKind::Operator(operator), 1));
        }
    }
    unknown(&rest[..1])
}

fn word(rest: &str, at: usize) -> Result<(TokenKind, usize), ExpressionProblem> {
    let length = rest
        .find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '-'))
        .unwrap_or(rest.len());
    match &rest[..length] {
        "true" => Ok((TokenKind::Value(ExpressionKind::Boolean(true)), length)),
        "false" => Ok((TokenKind::Value(ExpressionKind::Boolean(false)), length)),
        other => Err(problem(
            Kind::UnknownWord(other.to_owned()),
            at..at + length,
        )),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    mode: Mode,
    end: usize,
    nesting: usize,
}

/// Binding strength of the operators, from `||` upwards. Joining stands
/// between the comparisons and the sums.
fn strength(operator: Operator) -> u8 {
    match operator {
        Operator::Or => 1,
        Operator::And => 2,
        Operator::Equal
        | Operator::NotEqual
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual => 3,
        Operator::Add | Operator::Subtract => 5,
        Operator::Multiply | Operator::Divide | Operator::Remainder => 6,
    }
}

const JOIN_STRENGTH: u8 = 4;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn binary(&mut self, minimum: u8) -> Result<Expression, ExpressionProblem> {
        let mut left = self.unary()?;
        loop {
            let Some(token) = self.peek().cloned() else {
                return Ok(left);
            };
            match token.kind {
                TokenKind::Operator(operator) => {
                    if strength(operator) < minimum {
                        return Ok(left);
                    }
                    self.at += 1;
                    if self.peek().is_none() {
                        return Err(problem(
                            Kind::MissingOperand(operator.symbol().into()),
                            token.span,
                        ));
                    }
                    let right = self.binary(strength(operator) + 1)?;
                    left = Expression {
                        span: left.span.start..right.span.end,
                        kind: ExpressionKind::Binary {
                            operator,
                            operator_span: token.span,
                            left: Box::new(left),
                            right: Box::new(right),
                        },
                    };
                }
                TokenKind::Value(_) | TokenKind::Open | TokenKind::Not
                    if self.mode == Mode::Nested && minimum <= JOIN_STRENGTH =>
                {
                    let mut parts = vec![left];
                    while let Some(TokenKind::Value(_) | TokenKind::Open | TokenKind::Not) =
                        self.peek().map(|token| &token.kind)
                    {
                        parts.push(self.binary(JOIN_STRENGTH + 1)?);
                    }
                    let end = parts.last().map_or(token.span.end, |part| part.span.end);
                    left = Expression {
                        span: parts[0].span.start..end,
                        kind: ExpressionKind::Join(parts),
                    };
                }
                TokenKind::Value(_) | TokenKind::Open | TokenKind::Not
                    if self.mode != Mode::Nested =>
                {
                    return Err(problem(
                        Kind::MissingOperator,
                        left.span.start..token.span.end,
                    ));
                }
                _ => return Ok(left),
            }
        }
    }

    fn unary(&mut self) -> Result<Expression, ExpressionProblem> {
        let Some(token) = self.peek().cloned() else {
            let end = self.end;
            return Err(problem(Kind::Empty, end..end));
        };
        self.at += 1;
        match token.kind {
            TokenKind::Value(kind) => Ok(Expression {
                kind,
                span: token.span,
            }),
            TokenKind::Not => {
                if self.peek().is_none() {
                    return Err(problem(Kind::MissingOperand("!".into()), token.span));
                }
                self.enter(&token.span)?;
                let inner = self.unary()?;
                self.nesting -= 1;
                Ok(Expression {
                    span: token.span.start..inner.span.end,
                    kind: ExpressionKind::Not(Box::new(inner)),
                })
            }
            TokenKind::Open => {
                match self.peek().map(|token| (&token.kind, token.span.end)) {
                    None => return Err(problem(Kind::UnclosedParenthesis, token.span)),
                    Some((TokenKind::Close, end)) => {
                        return Err(problem(Kind::EmptyParentheses, token.span.start..end));
                    }
                    Some(_) => {}
                }
                self.enter(&token.span)?;
                let inner = self.binary(0)?;
                self.nesting -= 1;
                match self.peek().map(|token| (&token.kind, token.span.clone())) {
                    Some((TokenKind::Close, close)) => {
                        self.at += 1;
                        Ok(Expression {
                            kind: ExpressionKind::Group(Box::new(inner)),
                            span: token.span.start..close.end,
                        })
                    }
                    Some((_, other)) => {
                        Err(problem(Kind::MissingOperator, inner.span.start..other.end))
                    }
                    None => Err(problem(Kind::UnclosedParenthesis, token.span)),
                }
            }
            TokenKind::Close => Err(problem(Kind::UnmatchedClose, token.span)),
            TokenKind::Operator(operator) => Err(problem(
                Kind::MisplacedOperator(operator.symbol().into()),
                token.span,
            )),
        }
    }

    fn enter(&mut self, span: &Range<usize>) -> Result<(), ExpressionProblem> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(problem(Kind::TooComplex, span.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes the structure out with parentheses around every operation.
    fn shape(expression: &Expression) -> String {
        match &expression.kind {
            ExpressionKind::Number(value) => value.to_string(),
            ExpressionKind::Text(value) => format!("'{value}'"),
            ExpressionKind::Boolean(value) => value.to_string(),
            ExpressionKind::Reference(reference) => reference.name().to_owned(),
            ExpressionKind::Not(inner) => format!("(! {})", shape(inner)),
            ExpressionKind::Group(inner) => shape(inner),
            ExpressionKind::Join(parts) => {
                let parts: Vec<_> = parts.iter().map(shape).collect();
                format!("[{}]", parts.join(" "))
            }
            ExpressionKind::Binary {
                operator,
                left,
                right,
                ..
            } => format!("({} {} {})", shape(left), operator.symbol(), shape(right)),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let expression = parse_expression(text, 0..text.len(), Mode::Nested).unwrap();
        assert_eq!(shape(&expression), expected);
    }

    #[track_caller]
    fn refuse(text: &str, mode: Mode, kind: Kind, at: &str) {
        let problem = parse_expression(text, 0..text.len(), mode).unwrap_err();
        assert_eq!((problem.kind, &text[problem.span]), (kind, at));
    }

    #[test]
    fn operators_bind_in_their_order() {
        check("${data.a} || ${data.b} && ${data.c}", "(a || (b && c))");
        check("${data.a} == 1 && !${data.b}", "((a == 1) && (! b))");
        check("${data.a} + 2 * 3 - 4", "((a + (2 * 3)) - 4)");
        check("'x ' ${data.a} / ${data.b} ' y'", "['x ' (a / b) ' y']");
        check("'x' (${data.a} + -1)", "['x' (a + -1)]");
        check("${data.a} -1", "(a - 1)");
        check("'it\\'s' true", "['it's' true]");
    }

    #[test]
    fn offences_are_told_apart() {
        use Mode::{Condition, Nested};
        refuse(" ", Condition, Kind::Empty, " ");
        refuse("( )", Condition, Kind::EmptyParentheses, "( )");
        refuse("))${data.a}((", Condition, Kind::UnmatchedClose, ")");
        refuse("(${data.a}", Condition, Kind::UnclosedParenthesis, "(");
        refuse("${data.a})", Condition, Kind::UnmatchedClose, ")");
        refuse("${data.a} == 'x", Condition, Kind::UnclosedText, "'x");
        refuse(
            "${data.a} ${data.b}",
            Condition,
            Kind::MissingOperator,
            "${data.a} ${data.b}",
        );
        refuse(
            "${data.a} = 1",
            Condition,
            Kind::UnknownOperator("=".into()),
            "=",
        );
        refuse(
            "${data.a} + 1 == 2",
            Condition,
            Kind::UnknownOperator("+".into()),
            "+",
        );
        refuse(
            "${data.a} == yes",
            Condition,
            Kind::UnknownWord("yes".into()),
            "yes",
        );
        refuse(
            "${data.a} == \"x\"",
            Nested,
            Kind::UnexpectedCharacter('"'),
            "\"",
        );
        refuse(
            "&& ${data.a}",
            Condition,
            Kind::MisplacedOperator("&&".into()),
            "&&",
        );
        refuse(
            "${data.a} ||",
            Condition,
            Kind::MissingOperand("||".into()),
            "||",
        );
        refuse("-a", Condition, Kind::LoneMinus, "-");
        refuse(
            "${data.a} == 007",
            Nested,
            Kind::MalformedNumber("007".into()),
            "007",
        );
    }

    #[test]
    fn size_and_nesting_are_bounded() {
        let deep = format!("{}true{}", "(".repeat(5000), ")".repeat(5000));
        assert!(parse_expression(&deep, 0..deep.len(), Mode::Nested).is_err());
        let not = format!("{}true", "!".repeat(400));
        assert!(parse_expression(&not, 0..not.len(), Mode::Nested).is_err());
        let long = "1 + ".repeat(200_000) + "1";
        assert!(parse_expression(&long, 0..long.len(), Mode::Nested).is_err());
        let fitting = "1 + ".repeat(250) + "1";
        assert!(parse_expression(&fitting, 0..fitting.len(), Mode::Nested).is_ok());
    }
}
