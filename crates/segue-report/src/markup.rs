//! Elements of HTML and SVG as a tree, which is written well formed and with everything escaped.

use std::fmt::Write as _;

/// An element with its attributes and what stands in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Element {
    tag: &'static str,
    attributes: Vec<(&'static str, String)>,
    children: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Element(Element),
    Text(String),
    /// What this crate itself brings along: styles and scripts.
    Own(&'static str),
}

impl Element {
    pub(crate) fn new(tag: &'static str) -> Self {
        Element {
            tag,
            attributes: Vec::new(),
            children: Vec::new(),
        }
    }

    pub(crate) fn attr(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// An attribute that is a length in pixels.
    pub(crate) fn at(self, name: &'static str, value: f64) -> Self {
        self.attr(name, px(value))
    }

    pub(crate) fn class(self, names: impl Into<String>) -> Self {
        let names = names.into();
        if names.is_empty() {
            return self;
        }
        self.attr("class", names)
    }

    pub(crate) fn child(mut self, child: Element) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children
            .extend(children.into_iter().map(Node::Element));
        self
    }

    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    pub(crate) fn own(mut self, text: &'static str) -> Self {
        self.children.push(Node::Own(text));
        self
    }

    /// What is shown of a mark where somebody points at it.
    pub(crate) fn tip(self, text: impl Into<String>) -> Self {
        self.child(Element::new("title").text(text))
    }

    /// The element as text, which is XML as well as HTML.
    pub(crate) fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(self.tag);
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"");
            escape(value, out);
            out.push('"');
        }
        if self.children.is_empty() && may_be_empty(self.tag) {
            out.push_str("/>");
            return;
        }
        out.push('>');
        for child in &self.children {
            match child {
                Node::Element(element) => element.write(out),
                Node::Text(text) => escape(text, out),
                Node::Own(text) => out.push_str(text),
            }
        }
        let _ = write!(out, "</{}>", self.tag);
    }
}

/// Elements that HTML reads alike with `/>`: its void elements, and those of SVG.
fn may_be_empty(tag: &str) -> bool {
    matches!(
        tag,
        "meta" | "br" | "rect" | "path" | "line" | "circle" | "use"
    )
}

/// A length in pixels with at most one digit behind the point. What is no number is nothing.
pub(crate) fn px(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0" } else { text }.to_owned()
}

/// Writes a text so that it is only text, in an element as well as between double quotes.
///
/// What neither XML nor a reader can make anything of is replaced: control characters, noncharacters, and marks that change the
/// direction of whatever follows them.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || is_unreadable(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

fn is_unreadable(c: char) -> bool {
    let is_noncharacter = u32::from(c) & 0xfffe == 0xfffe || ('\u{fdd0}'..='\u{fdef}').contains(&c);
    let is_direction = ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}');
    is_noncharacter || is_direction || matches!(c, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(element: Element) -> String {
        let mut out = String::new();
        element.write(&mut out);
        out
    }

    #[test]
    fn everything_is_escaped() {
        let hostile = "</text><script>alert('x')</script>\" onload=\"&\u{0}\u{202e}\u{ffff}";
        let text = written(Element::new("text").attr("class", hostile).text(hostile));
        assert_eq!(text.matches('<').count(), 2);
        assert_eq!(text.matches('"').count(), 2);
        assert_eq!(text.matches('\u{fffd}').count(), 6);
        assert!(text.contains("&lt;script&gt;alert(&#39;x&#39;)"));
    }

    #[test]
    fn lengths_are_short() {
        let lengths = [3.0, 2.46, -0.01, f64::NAN, f64::INFINITY, 0.25].map(px);
        assert_eq!(lengths, ["3", "2.5", "0", "0", "0", "0.2"]);
    }

    #[test]
    fn elements_of_html_are_closed() {
        assert_eq!(written(Element::new("div")), "<div></div>");
        assert_eq!(written(Element::new("br")), "<br/>");
    }
}
