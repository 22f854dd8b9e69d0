//! What pictures are drawn on: marks and texts at places in pixels, which become one `svg` element.

use crate::markup::{Element, px};
use crate::measure::{BOLD_LETTERS, Letters, NORMAL, SMALL};
use std::fmt::Write as _;

/// How wide a picture is drawn. A page has each in both sizes and shows the one that suits the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 880 pixels, for screens and paper.
    Wide,
    /// 340 pixels, for phones.
    Narrow,
}

impl Size {
    /// In pixels.
    pub(crate) fn width(self) -> f64 {
        match self {
            Size::Wide => 880.0,
            Size::Narrow => 340.0,
        }
    }

    pub(crate) fn is_wide(self) -> bool {
        self == Size::Wide
    }
}

/// Which end of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A name.
    Label,
    /// A number of the data, which the picture's table has as well.
    Value,
    /// The number that matters most.
    Strong,
    /// What explains: units, shares in words.
    Quiet,
    /// A mark of an axis.
    Tick,
}

impl Style {
    pub(crate) fn letters(self) -> Letters {
        match self {
            Style::Label | Style::Value => NORMAL,
            Style::Strong => BOLD_LETTERS,
            Style::Quiet | Style::Tick => SMALL,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Style::Label => "t",
            Style::Value => "t n",
            Style::Strong => "t b n",
            Style::Quiet => "q",
            Style::Tick => "q k",
        }
    }

    pub(crate) fn width(self, text: &str) -> f64 {
        self.letters().width(text)
    }
}

/// A picture under way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Canvas {
    pub(crate) size: Size,
    pub(crate) width: f64,
    pub(crate) height: f64,
    marks: Vec<Element>,
}

impl Canvas {
    pub(crate) fn new(size: Size) -> Self {
        Canvas {
            size,
            width: size.width(),
            height: 0.0,
            marks: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, mark: Element) {
        self.marks.push(mark);
    }

    /// Writes a text, cut to the room that there is; whoever points at what was cut sees all of it.
    pub(crate) fn text(
        &mut self,
        (x, y): (f64, f64),
        anchor: Anchor,
        style: Style,
        text: &str,
        room: f64,
    ) {
        let fitted = style.letters().fit(text, room);
        if fitted.is_empty() {
            return;
        }
        let is_cut = fitted != text;
        let mut element = Element::new("text")
            .at("x", x)
            .at("y", y)
            .class(style.class());
        match anchor {
            Anchor::Start => {}
            Anchor::Middle => element = element.attr("text-anchor", "middle"),
            Anchor::End => element = element.attr("text-anchor", "end"),
        }
        element = element.text(fitted);
        self.add(if is_cut { element.tip(text) } else { element });
    }

    /// A number over a mark of some darkness, between 0 and 1, in the middle of its place. One that is shortened is not the table's.
    pub(crate) fn text_on(
        &mut self,
        (x, y): (f64, f64),
        darkness: f64,
        text: &str,
        is_short: bool,
    ) {
        let ink = match darkness {
            d if d < 0.55 => "ia",
            d if d < 0.8 => "ib",
            _ => "ic",
        };
        let number = if is_short { "k" } else { "n" };
        let element = Element::new("text")
            .at("x", x)
            .at("y", y)
            .class(format!("q {number} {ink}"))
            .attr("text-anchor", "middle");
        self.add(element.text(text));
    }

    /// The picture as an element, with names that a screen reader reads. `id` is one that no other picture of the page has.
    pub(crate) fn svg(&self, id: &str, title: &str, sentence: &str) -> Element {
        let (title_id, sentence_id) = (format!("{id}t"), format!("{id}d"));
        Element::new("svg")
            .attr("xmlns", "http://www.w3.org/2000/svg")
            .attr(
                "viewBox",
                format!("0 0 {} {}", px(self.width), px(self.height)),
            )
            .at("width", self.width)
            .at("height", self.height)
            .attr("role", "img")
            .attr("aria-labelledby", format!("{title_id} {sentence_id}"))
            .child(Element::new("title").attr("id", title_id).text(title))
            .child(Element::new("desc").attr("id", sentence_id).text(sentence))
            .children(self.marks.iter().cloned())
    }
}

/// A rectangle.
pub(crate) fn rect(
    (x, y): (f64, f64),
    width: f64,
    height: f64,
    class: impl Into<String>,
) -> Element {
    Element::new("rect")
        .at("x", x)
        .at("y", y)
        .at("width", width.max(0.0))
        .at("height", height.max(0.0))
        .class(class)
}

/// A bar with rounded corners.
pub(crate) fn bar(at: (f64, f64), width: f64, height: f64, class: impl Into<String>) -> Element {
    rect(at, width, height, class).at("rx", (width / 2.0).clamp(0.0, 3.0))
}

/// A straight line.
pub(crate) fn line((x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &'static str) -> Element {
    Element::new("path")
        .attr("d", format!("M{} {}L{} {}", px(x1), px(y1), px(x2), px(y2)))
        .class(class)
}

/// A line through points.
pub(crate) fn polyline(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        let command = if i == 0 { 'M' } else { 'L' };
        let _ = write!(d, "{command}{} {}", px(*x), px(*y));
    }
    d
}

/// A shape of SVG's path language.
pub(crate) fn path(d: impl Into<String>, class: impl Into<String>) -> Element {
    Element::new("path").attr("d", d).class(class)
}
