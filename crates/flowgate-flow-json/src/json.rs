//! Holds a JSON text as a tree whose every value knows where it was written.
//!
//! Implements [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) (JSON) and
//! [RFC 6901](https://www.rfc-editor.org/rfc/rfc6901) (JSON Pointer).
//!
//! All values lie in one vector in the order of the text: the first child of a
//! value follows it directly, and each value knows its next sibling and its
//! parent. A handle is four bytes, a path is derived only when asked for, and
//! no step recurses.

mod position;
mod read;

use std::{fmt, ops::Range};

use crate::source_text::SourceText;

pub(crate) use position::Lines;
pub use position::Position;
pub use read::{JsonProblem, JsonProblemKind};
pub use read::{MAX_DEPTH, MAX_DOCUMENT_BYTES};
pub(crate) use read::{ReadJson, read};

/// Names a value of one [`Document`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

/// Says what kind of JSON value a [`Node`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JsonKind {
    /// The literal `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number, kept as written.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl JsonKind {
    /// Names the kind as JSON Schema does, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }

    /// Names the kind with its article, as a sentence needs it.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

impl fmt::Display for JsonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Holds one JSON text together with all its values and their positions.
///
/// A document is owned, immutable, and `Send + Sync`. Byte offsets count from
/// the first byte after a byte order mark, if there was one.
#[derive(Debug)]
pub struct Document {
    source: SourceText,
    nodes: Vec<NodeData>,
    keys: Vec<KeyData>,
    decoded: Vec<Box<str>>,
}

#[derive(Clone, Copy, Debug)]
struct NodeData {
    start: u32,
    end: u32,
    parent: u32,
    next: u32,
    children: u32,
    /// The index of the member name, or the place in an array.
    key: u32,
    decoded: u32,
    kind: JsonKind,
}

#[derive(Clone, Copy, Debug)]
struct KeyData {
    start: u32,
    end: u32,
    decoded: u32,
}

/// Marks the absence of an index.
const NONE: u32 = u32::MAX;

impl Document {
    /// Returns the outermost value, or `None` for a text without any.
    pub fn root(&self) -> Option<Node<'_>> {
        (!self.nodes.is_empty()).then_some(Node {
            document: self,
            id: NodeId(0),
        })
    }

    /// Returns the value that `id` names.
    ///
    /// # Panics
    ///
    /// Panics if `id` comes from another document that holds more values.
    pub fn node(&self, id: NodeId) -> Node<'_> {
        assert!(
            (id.0 as usize) < self.nodes.len(),
            "node of another document"
        );
        Node { document: self, id }
    }

    /// Returns the text that was read, without a byte order mark.
    pub fn text(&self) -> &str {
        self.source.text()
    }

    /// Returns the text together with its lines.
    pub fn source(&self) -> &SourceText {
        &self.source
    }

    /// Returns line and column of a byte offset, both counted from one.
    pub fn position(&self, offset: usize) -> Position {
        self.source.position(offset)
    }

    /// Returns the text of a line, counted from one, without its line break.
    pub fn line(&self, line: usize) -> &str {
        self.source.line(line)
    }

    fn string(&self, start: u32, end: u32, decoded: u32) -> &str {
        if decoded != NONE {
            return &self.decoded[decoded as usize];
        }
        // The reader stored this string undecoded because the text between
        // the quotes is the value itself.
        self.text()
            .get(start as usize + 1..(end as usize).saturating_sub(1))
            .unwrap_or_default()
    }
}

/// Points at one value of a [`Document`].
#[derive(Clone, Copy)]
pub struct Node<'d> {
    document: &'d Document,
    id: NodeId,
}

impl<'d> Node<'d> {
    /// Returns the name of this value in its document.
    pub fn id(self) -> NodeId {
        self.id
    }

    /// Returns the document that holds this value.
    pub fn document(self) -> &'d Document {
        self.document
    }

    fn data(self) -> &'d NodeData {
        &self.document.nodes[self.id.0 as usize]
    }

    /// Returns the kind of this value.
    pub fn kind(self) -> JsonKind {
        self.data().kind
    }

    /// Returns the bytes of the text that this value covers.
    pub fn span(self) -> Range<usize> {
        self.data().start as usize..self.data().end as usize
    }

    /// Returns this value exactly as it was written.
    pub fn raw(self) -> &'d str {
        self.document.source.slice(self.span())
    }

    /// Returns the value of a string, with its escapes resolved.
    pub fn as_str(self) -> Option<&'d str> {
        let data = self.data();
        (data.kind == JsonKind::String)
            .then(|| self.document.string(data.start, data.end, data.decoded))
    }

    /// Returns the value of a boolean.
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == JsonKind::Boolean).then(|| self.raw() == "true")
    }

    /// Returns the value of a number as the nearest double.
    pub fn as_f64(self) -> Option<f64> {
        if self.kind() != JsonKind::Number {
            return None;
        }
        self.raw().parse().ok()
    }

    /// Returns the value of a number that was written as an integer.
    pub fn as_i64(self) -> Option<i64> {
        if self.kind() != JsonKind::Number {
            return None;
        }
        self.raw().parse().ok()
    }

    /// Says whether this is an object.
    pub fn is_object(self) -> bool {
        self.kind() == JsonKind::Object
    }

    /// Says whether this is an array.
    pub fn is_array(self) -> bool {
        self.kind() == JsonKind::Array
    }

    /// Returns the number of items or members.
    pub fn len(self) -> usize {
        self.data().children as usize
    }

    /// Says whether there is no item or member.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Iterates over the items of an array or the member values of an object.
    pub fn children(self) -> Children<'d> {
        let first = if self.data().children == 0 {
            NONE
        } else {
            self.id.0 + 1
        };
        Children {
            document: self.document,
            next: first,
        }
    }

    /// Iterates over the items of an array; empty for every other kind.
    pub fn items(self) -> Children<'d> {
        if self.is_array() {
            self.children()
        } else {
            Children {
                document: self.document,
                next: NONE,
            }
        }
    }

    /// Iterates over the members of an object; empty for every other kind.
    pub fn members(self) -> impl Iterator<Item = (&'d str, Node<'d>)> {
        let children = if self.is_object() {
            self.children()
        } else {
            Children {
                document: self.document,
                next: NONE,
            }
        };
        children.map(|child| (child.key().unwrap_or_default(), child))
    }

    /// Returns the member called `name`; the last one if the name is repeated,
    /// which is the one that most JSON readers keep.
    pub fn get(self, name: &str) -> Option<Node<'d>> {
        let mut found = None;
        for (key, value) in self.members() {
            if key == name {
                found = Some(value);
            }
        }
        found
    }

    /// Returns the name under which this value is a member of its object.
    pub fn key(self) -> Option<&'d str> {
        let key = self.key_data()?;
        Some(self.document.string(key.start, key.end, key.decoded))
    }

    fn key_data(self) -> Option<KeyData> {
        self.parent()?
            .is_object()
            .then(|| self.document.keys[self.data().key as usize])
    }

    /// Returns the bytes that the member name covers, quotes included.
    pub fn key_span(self) -> Option<Range<usize>> {
        let key = self.key_data()?;
        Some(key.start as usize..key.end as usize)
    }

    /// Returns the object or array that holds this value.
    pub fn parent(self) -> Option<Node<'d>> {
        let parent = self.data().parent;
        (parent != NONE).then_some(Node {
            document: self.document,
            id: NodeId(parent),
        })
    }

    /// Returns the place of this value as an RFC 6901 pointer; empty for the
    /// outermost value.
    pub fn pointer(self) -> String {
        let mut pointer = String::new();
        for step in self.steps() {
            pointer.push('/');
            match step {
                Step::Key(key) => pointer.push_str(&escape_pointer(key)),
                Step::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }

    /// Returns the place of this value as WhatsApp writes it, such as
    /// `screens[0].layout.children[0].type`; empty for the outermost value.
    pub fn path(self) -> String {
        let mut path = String::new();
        for step in self.steps() {
            match step {
                Step::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
                Step::Index(index) => {
                    path.push('[');
                    path.push_str(&index.to_string());
                    path.push(']');
                }
            }
        }
        path
    }

    fn steps(self) -> Vec<Step<'d>> {
        let mut steps = Vec::new();
        let mut node = self;
        while let Some(parent) = node.parent() {
            steps.push(match node.key() {
                Some(key) => Step::Key(key),
                None => Step::Index(node.data().key as usize),
            });
            node = parent;
        }
        steps.reverse();
        steps
    }

    /// Maps a range of the decoded string to the bytes of the text that wrote
    /// it; the whole value if this is no string.
    pub fn span_within(self, range: Range<usize>) -> Range<usize> {
        let span = self.span();
        if self.kind() != JsonKind::String {
            return span;
        }
        let first = span.start + 1;
        if self.data().decoded == NONE {
            return first + range.start..first + range.end;
        }
        let (start, end) = read::raw_range(self.raw(), range);
        span.start + start..span.start + end
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at `{}`", self.kind(), self.pointer())
    }
}

enum Step<'d> {
    Key(&'d str),
    Index(usize),
}

/// Iterates over the children of a [`Node`] in the order of the text.
#[derive(Clone)]
pub struct Children<'d> {
    document: &'d Document,
    next: u32,
}

impl<'d> Iterator for Children<'d> {
    type Item = Node<'d>;

    fn next(&mut self) -> Option<Node<'d>> {
        if self.next == NONE {
            return None;
        }
        let node = Node {
            document: self.document,
            id: NodeId(self.next),
        };
        self.next = node.data().next;
        Some(node)
    }
}

/// Writes a member name as one step of an RFC 6901 pointer.
pub(crate) fn escape_pointer(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> Document {
        let reading = read(text.as_bytes());
        assert!(reading.problems.is_empty(), "{:?}", reading.problems);
        reading.document
    }

    #[test]
    fn values_know_their_place() {
        let document = document("{\"a/b\": [1, {\"c~\": \"x\"}]}");
        let root = document.root().unwrap();
        let inner = root
            .get("a/b")
            .unwrap()
            .items()
            .nth(1)
            .unwrap()
            .get("c~")
            .unwrap();

        assert_eq!(inner.pointer(), "/a~1b/1/c~0");
        assert_eq!(inner.path(), "a/b[1].c~");
        assert_eq!(inner.as_str(), Some("x"));
        assert_eq!(inner.raw(), "\"x\"");
        assert_eq!(root.pointer(), "");
    }

    #[test]
    fn columns_count_characters_not_bytes() {
        let document = document("{\n  \"é😀\": true\n}");
        let value = document.root().unwrap().get("é😀").unwrap();

        let position = document.position(value.span().start);

        assert_eq!((position.line, position.column), (2, 9));
    }

    #[test]
    fn numbers_are_kept_as_written() {
        let document = document("[1.50, -0, 12345678901234567890]");
        let raw: Vec<_> = document.root().unwrap().items().map(Node::raw).collect();

        assert_eq!(raw, ["1.50", "-0", "12345678901234567890"]);
    }

    #[test]
    fn places_inside_escaped_strings_map_to_the_text() {
        let document = document(r#"["\u00e9\n${data.x}"]"#);
        let value = document.root().unwrap().items().next().unwrap();
        let decoded = value.as_str().unwrap();
        let start = decoded.find("${").unwrap();

        let span = value.span_within(start..decoded.len());

        assert_eq!(&document.text()[span], "${data.x}");
    }
}
