//! Reads references such as `${data.name}` and expressions in backticks.
//!
//! Implements "Dynamic properties", "Global references" and "Nested
//! expressions" of [Flow JSON](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson)
//! and the conditions of [If](https://developers.facebook.com/docs/whatsapp/flows/reference/components).
//!
//! Ranges count bytes of the decoded string; [`Node::span_within`] maps them
//! to the text of the document.
//!
//! [`Node::span_within`]: crate::json::Node::span_within

mod parse;
mod reference;

use std::{fmt, ops::Range};

pub(crate) use parse::parse_expression;
pub use reference::{Reference, ReferenceProblem, Scope};

/// Says what a string of a Flow JSON document means.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Dynamic {
    /// The whole string is one reference.
    Reference(Reference),
    /// Text with references in it.
    Mixed(Vec<Reference>),
    /// An expression, in backticks or as the condition of an If.
    Expression(Expression),
    /// It looks dynamic and cannot be read.
    Malformed(ExpressionProblem),
}

impl Dynamic {
    /// Reads the value of a property; `None` if it is plain text.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() >= 2 && text.starts_with('`') && text.ends_with('`') {
            return Some(Self::expression(text, 1..text.len() - 1, Mode::Nested));
        }
        if !text.contains("${") {
            return None;
        }
        Some(match reference::find_all(text) {
            Err(problem) => Self::Malformed(problem),
            Ok(mut references)
                if references.len() == 1 && references[0].span == (0..text.len()) =>
            {
                Self::Reference(references.remove(0))
            }
            Ok(references) => Self::Mixed(references),
        })
    }

    /// Reads the condition of an If, which needs no backticks.
    pub fn parse_condition(text: &str, mode: Mode) -> Self {
        if text.len() >= 2 && text.starts_with('`') && text.ends_with('`') {
            return Self::expression(text, 1..text.len() - 1, Mode::Nested);
        }
        Self::expression(text, 0..text.len(), mode)
    }

    fn expression(text: &str, range: Range<usize>, mode: Mode) -> Self {
        match parse_expression(text, range, mode) {
            Ok(expression) => Self::Expression(expression),
            Err(problem) => Self::Malformed(problem),
        }
    }

    /// Returns every reference in the string, in the order of the text.
    pub fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Reference(reference) => vec![reference],
            Self::Mixed(references) => references.iter().collect(),
            Self::Expression(expression) => expression.references(),
            Self::Malformed(_) => Vec::new(),
        }
    }
}

/// Says which operators an expression may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The condition of an If before version 6.0: comparisons and logic.
    Condition,
    /// The condition of an If from version 6.0 on: arithmetic as well, which
    /// came with expressions.
    ConditionWithArithmetic,
    /// An expression in backticks: arithmetic and joining of texts as well.
    Nested,
}

/// Holds one part of an expression and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What the part is.
    pub kind: ExpressionKind,
    /// The bytes of the decoded string that it covers.
    pub span: Range<usize>,
}

/// Says what one part of an [`Expression`] is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExpressionKind {
    /// A number.
    Number(f64),
    /// A text in single quotes.
    Text(String),
    /// `true` or `false`.
    Boolean(bool),
    /// A reference.
    Reference(Reference),
    /// `!` before a boolean.
    Not(Box<Expression>),
    /// An operator between two values.
    Binary {
        /// The operator.
        operator: Operator,
        /// The bytes that the operator covers.
        operator_span: Range<usize>,
        /// The value before it.
        left: Box<Expression>,
        /// The value after it.
        right: Box<Expression>,
    },
    /// Values side by side, joined to a text.
    Join(Vec<Expression>),
    /// A part in parentheses.
    Group(Box<Expression>),
}

impl Expression {
    /// Returns every reference in the expression, in the order of the text.
    pub fn references(&self) -> Vec<&Reference> {
        let mut found = Vec::new();
        self.walk(&mut |part| {
            if let ExpressionKind::Reference(reference) = &part.kind {
                found.push(reference);
            }
        });
        found
    }

    /// Calls `visit` with every part, outermost first.
    pub fn walk<'e>(&'e self, visit: &mut impl FnMut(&'e Expression)) {
        visit(self);
        match &self.kind {
            ExpressionKind::Not(inner) | ExpressionKind::Group(inner) => inner.walk(visit),
            ExpressionKind::Binary { left, right, .. } => {
                left.walk(visit);
                right.walk(visit);
            }
            ExpressionKind::Join(parts) => {
                for part in parts {
                    part.walk(visit);
                }
            }
            ExpressionKind::Number(_)
            | ExpressionKind::Text(_)
            | ExpressionKind::Boolean(_)
            | ExpressionKind::Reference(_) => {}
        }
    }

    /// Returns the expression without the parentheses around it.
    pub fn without_parentheses(&self) -> &Expression {
        let mut inner = self;
        while let ExpressionKind::Group(group) = &inner.kind {
            inner = group;
        }
        inner
    }

    /// Says whether this is a number, text or boolean written out.
    pub fn is_literal(&self) -> bool {
        matches!(
            self.without_parentheses().kind,
            ExpressionKind::Number(_) | ExpressionKind::Text(_) | ExpressionKind::Boolean(_)
        )
    }
}

/// Names an operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl Operator {
    /// Returns the operator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::And => "&&",
            Self::Or => "||",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// Says whether the operator compares two values.
    pub fn is_comparison(self) -> bool {
        self.is_equality()
            || matches!(
                self,
                Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual
            )
    }

    /// Says whether the operator is `==` or `!=`.
    pub fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }

    /// Says whether the operator joins two booleans.
    pub fn is_logical(self) -> bool {
        matches!(self, Self::And | Self::Or)
    }
}

/// Describes why an expression or a reference cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionProblem {
    /// What was found.
    pub kind: ExpressionProblemKind,
    /// The bytes of the decoded string where it was found.
    pub span: Range<usize>,
}

/// Says which rule of the expression language is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExpressionProblemKind {
    /// There is nothing between the backticks or in the condition.
    Empty,
    /// `()` holds nothing.
    EmptyParentheses,
    /// `)` has no `(` before it.
    UnmatchedClose,
    /// `(` has no `)` after it.
    UnclosedParenthesis,
    /// A text in single quotes is never closed.
    UnclosedText,
    /// Two values stand side by side in a condition.
    MissingOperator,
    /// An operator that the language does not have.
    UnknownOperator(String),
    /// A word that is neither reference, number, text nor boolean.
    UnknownWord(String),
    /// A character that cannot stand here.
    UnexpectedCharacter(char),
    /// An operator where a value was expected.
    MisplacedOperator(String),
    /// The expression ends after an operator.
    MissingOperand(String),
    /// A `-` without a number after it.
    LoneMinus,
    /// A number with leading zeroes or more than one point.
    MalformedNumber(String),
    /// More parts or deeper nesting than is read.
    TooComplex,
    /// The reference itself is malformed.
    Reference(ReferenceProblem),
}

impl ExpressionProblemKind {
    /// Says what to do about the problem.
    pub fn help(&self) -> String {
        match self {
            Self::Empty => "write at least one reference, such as ${data.name}".into(),
            Self::EmptyParentheses => "write a value between the parentheses or delete them".into(),
            Self::UnmatchedClose => "delete the `)` or write the `(` that belongs to it".into(),
            Self::UnclosedParenthesis => "write the `)` that belongs to it".into(),
            Self::UnclosedText => "close the text with a single quote".into(),
            Self::MissingOperator => "write an operator between the two, such as ==".into(),
            Self::UnknownOperator(found) => match found.as_str() {
                "=" | "===" => "write == to compare".into(),
                "!==" => "write != to compare".into(),
                "&" => "write && for `and`".into(),
                "|" => "write || for `or`".into(),
                _ => "the operators are == != < <= > >= && || ! + - * / %".into(),
            },
            Self::UnknownWord(word) => {
                format!("write '{word}' for a text, or ${{data.{word}}} for a reference")
            }
            Self::UnexpectedCharacter('"') => "write texts in single quotes".into(),
            Self::UnexpectedCharacter(_) => "write fixed text in single quotes".into(),
            Self::MisplacedOperator(_) => "write a value before it".into(),
            Self::MissingOperand(_) => "write a value after it or delete it".into(),
            Self::LoneMinus => "write a number directly after the minus sign".into(),
            Self::MalformedNumber(_) => "write the number without leading zeroes".into(),
            Self::TooComplex => "split the expression over several properties".into(),
            Self::Reference(problem) => problem.help(),
        }
    }
}

impl fmt::Display for ExpressionProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the expression is empty, expected at least one operand"),
            Self::EmptyParentheses => f.write_str("the parentheses are empty"),
            Self::UnmatchedClose => f.write_str("`)` without `(` before it"),
            Self::UnclosedParenthesis => f.write_str("`(` without `)` after it"),
            Self::UnclosedText => f.write_str("the text in single quotes is never closed"),
            Self::MissingOperator => f.write_str("two values without an operator between them"),
            Self::UnknownOperator(found) => write!(f, "unknown operator `{found}`"),
            Self::UnknownWord(word) => write!(
                f,
                "`{word}` is neither a reference, nor a number, nor a text in single quotes, nor true or false"
            ),
            Self::UnexpectedCharacter(found) => write!(f, "unexpected character `{found}`"),
            Self::MisplacedOperator(found) => {
                write!(f, "operator `{found}` where a value was expected")
            }
            Self::MissingOperand(found) => write!(f, "no value after operator `{found}`"),
            Self::LoneMinus => f.write_str("`-` without a number after it"),
            Self::MalformedNumber(found) => write!(f, "malformed number `{found}`"),
            Self::TooComplex => f.write_str("the expression has too many parts"),
            Self::Reference(problem) => problem.fmt(f),
        }
    }
}
