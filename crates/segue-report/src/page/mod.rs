//! One page of HTML that loads nothing.

use crate::figure::Figure;
use crate::markup::Element;

/// The styles of pages and pictures.
pub const STYLE: &str = include_str!("style.css");

/// What makes tables sortable and tips quick. A page is read as well without it.
const SCRIPT: &str = include_str!("script.js");

/// The SHA-256 of the script in base 64, by which a page allows this script and no other.
const SCRIPT_HASH: &str = "sha256-kL4sLLnUilh/vz8rwnsW4KIEs5A957iJ9ciDrCwchts=";

/// A page under way: a title, a few numbers, and sections with figures.
///
/// ```
/// use segue_report::pictures::{Bar, Bars};
/// use segue_report::{Page, Section, Unit};
///
/// let sizes = Bars {
///     title: "Segments".to_owned(),
///     things: "segment".to_owned(),
///     measure: "profiles".to_owned(),
///     unit: Unit::Count,
///     bars: vec![Bar::new("champions", 812.0), Bar::new("sleeping", 1204.0)],
///     of: Some(6041.0),
/// };
/// let html = Page::new("Customers").section(Section::new("Who they are").figure(sizes)).to_html();
/// assert!(html.starts_with("<!doctype html>"));
/// assert!(html.contains("“sleeping” is the largest of 2 segments: 1,204 of 6,041 profiles (19.9 %)."));
/// ```
#[derive(Clone, Debug)]
#[must_use = "a page is written by `to_html`"]
pub struct Page {
    title: String,
    subtitle: String,
    tiles: Vec<Tile>,
    sections: Vec<Section>,
}

#[derive(Clone, Debug)]
struct Tile {
    name: String,
    value: String,
    note: String,
}

/// A part of a page.
#[derive(Clone, Debug)]
#[must_use = "a section belongs on a page"]
pub struct Section {
    title: String,
    text: String,
    figures: Vec<Figure>,
}

impl Section {
    /// A section without figures. The title may be empty, where one section is the whole page.
    pub fn new(title: impl Into<String>) -> Self {
        Section {
            title: title.into(),
            text: String::new(),
            figures: Vec::new(),
        }
    }

    /// Says below the title what the section is about.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    /// Adds a figure.
    pub fn figure(mut self, figure: impl Into<Figure>) -> Self {
        self.figures.push(figure.into());
        self
    }

    /// Adds figures.
    pub fn figures(mut self, figures: impl IntoIterator<Item = Figure>) -> Self {
        self.figures.extend(figures);
        self
    }

    /// Whether it has no figure.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.figures.is_empty()
    }
}

impl Page {
    /// A page without sections.
    pub fn new(title: impl Into<String>) -> Self {
        Page {
            title: title.into(),
            subtitle: String::new(),
            tiles: Vec::new(),
            sections: Vec::new(),
        }
    }

    /// Says below the title what the page is of.
    pub fn subtitle(mut self, subtitle: impl Into<String>) -> Self {
        self.subtitle = subtitle.into();
        self
    }

    /// Adds a number that is shown large at the top, with its name and a note, which may be empty.
    pub fn tile(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
        note: impl Into<String>,
    ) -> Self {
        self.tiles.push(Tile {
            name: name.into(),
            value: value.into(),
            note: note.into(),
        });
        self
    }

    /// Adds a section. One without figures is left out.
    pub fn section(mut self, section: Section) -> Self {
        if !section.is_empty() {
            self.sections.push(section);
        }
        self
    }

    /// The page.
    #[must_use]
    pub fn to_html(&self) -> String {
        let html = Element::new("html")
            .attr("lang", "en")
            .child(self.head())
            .child(self.body());
        let mut out = "<!doctype html>\n".to_owned();
        html.write(&mut out);
        out.push('\n');
        out
    }

    fn head(&self) -> Element {
        let meta = |name: &str, content: &str| {
            Element::new("meta")
                .attr("name", name)
                .attr("content", content)
        };
        let policy =
            format!("default-src 'none'; style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'");
        let policy = Element::new("meta")
            .attr("http-equiv", "Content-Security-Policy")
            .attr("content", policy);
        Element::new("head")
            .child(Element::new("meta").attr("charset", "utf-8"))
            .child(policy)
            .child(meta("viewport", "width=device-width, initial-scale=1"))
            .child(meta("color-scheme", "light dark"))
            .child(meta(
                "generator",
                concat!("segue-report ", env!("CARGO_PKG_VERSION")),
            ))
            .child(Element::new("title").text(&self.title))
            .child(Element::new("style").own(STYLE))
    }

    fn body(&self) -> Element {
        let mut header = Element::new("header").child(Element::new("h1").text(&self.title));
        if !self.subtitle.is_empty() {
            header = header.child(Element::new("p").text(&self.subtitle));
        }
        let mut main = Element::new("main");
        if !self.tiles.is_empty() {
            let tiles = self.tiles.iter().map(Tile::element);
            main = main.child(Element::new("dl").class("tiles").children(tiles));
        }
        if self.sections.len() > 1 {
            main = main.child(self.contents());
        }
        let mut figures = 0;
        for (i, section) in self.sections.iter().enumerate() {
            let mut element = Element::new("section").attr("id", format!("s{}", i + 1));
            if !section.title.is_empty() {
                element = element.child(Element::new("h2").text(&section.title));
            }
            if !section.text.is_empty() {
                element = element.child(Element::new("p").text(&section.text));
            }
            for figure in &section.figures {
                figures += 1;
                element = element.child(figure.element(&format!("f{figures}")));
            }
            main = main.child(element);
        }
        let footer = "Made by segue. This page is whole: it loads nothing and sends nothing.";
        Element::new("body")
            .child(header)
            .child(main)
            .child(Element::new("footer").text(footer))
            .child(Element::new("script").own(SCRIPT))
    }

    fn contents(&self) -> Element {
        let links = self.sections.iter().enumerate().map(|(i, section)| {
            Element::new("a")
                .attr("href", format!("#s{}", i + 1))
                .text(&section.title)
        });
        Element::new("nav")
            .attr("aria-label", "Sections")
            .children(links)
    }
}

impl Tile {
    fn element(&self) -> Element {
        let tile = Element::new("div")
            .child(Element::new("dt").text(&self.name))
            .child(Element::new("dd").class("value").text(&self.value));
        if self.note.is_empty() {
            tile
        } else {
            tile.child(Element::new("dd").class("note").text(&self.note))
        }
    }
}
