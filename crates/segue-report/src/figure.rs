//! A picture with what is said of it.

use crate::canvas::{Canvas, Size};
use crate::markup::Element;
use crate::table::Table;

/// A picture: a title, a sentence that says what it shows, the picture in two sizes, and its numbers as a table.
///
/// The structs of [`pictures`](crate::pictures) become figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    title: String,
    description: String,
    sentence: String,
    note: String,
    table: Table,
    /// `None` where there is nothing to show.
    drawn: Option<[Canvas; 2]>,
    is_table_open: bool,
}

impl Figure {
    /// `draw` is called for each size.
    pub(crate) fn new(
        title: &str,
        sentence: String,
        table: Table,
        draw: impl Fn(&mut Canvas),
    ) -> Self {
        let drawn = (!table.is_empty()).then(|| {
            [Size::Wide, Size::Narrow].map(|size| {
                let mut canvas = Canvas::new(size);
                draw(&mut canvas);
                canvas
            })
        });
        Figure {
            title: title.to_owned(),
            description: String::new(),
            sentence,
            note: String::new(),
            table,
            drawn,
            is_table_open: false,
        }
    }

    /// A table of which there is no picture.
    #[must_use]
    pub fn of_table(title: &str, sentence: &str, table: Table) -> Self {
        Figure {
            title: title.to_owned(),
            description: String::new(),
            sentence: sentence.to_owned(),
            note: String::new(),
            table,
            drawn: None,
            is_table_open: true,
        }
    }

    /// Says below the picture what has to be known to read it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Says that as well.
    #[must_use]
    pub fn also(mut self, note: impl AsRef<str>) -> Self {
        if !self.note.is_empty() && !note.as_ref().is_empty() {
            self.note.push(' ');
        }
        self.note.push_str(note.as_ref());
        self
    }

    /// Gives it another title.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Says before the sentence what the picture is for.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What the picture shows, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The numbers of the picture.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The picture alone, as an `svg` element that takes its colours from [`STYLE`](crate::STYLE); empty where there is nothing to
    /// show. `id` is one that nothing else on the page has.
    #[must_use]
    pub fn svg(&self, size: Size, id: &str) -> String {
        let mut out = String::new();
        if let Some([wide, narrow]) = &self.drawn {
            let canvas = if size == Size::Wide { wide } else { narrow };
            canvas.svg(id, &self.title, &self.sentence).write(&mut out);
        }
        out
    }

    pub(crate) fn element(&self, id: &str) -> Element {
        let said = Element::new("figcaption").child(Element::new("h3").text(&self.title));
        let texts = [(&self.description, "about"), (&self.sentence, "")];
        let texts = texts.into_iter().filter(|(text, _)| !text.is_empty());
        let texts = texts.map(|(text, class)| Element::new("p").class(class).text(text));
        let said = said.children(texts);
        let mut figure = Element::new("figure").attr("id", id).child(said);
        if let Some([wide, narrow]) = &self.drawn {
            for (canvas, name) in [(wide, "wide"), (narrow, "narrow")] {
                let svg = canvas.svg(&format!("{id}{name}"), &self.title, &self.sentence);
                figure = figure.child(Element::new("div").class(name).child(svg));
            }
        }
        if !self.note.is_empty() {
            figure = figure.child(Element::new("p").class("note").text(&self.note));
        }
        let table = self.table.element(&self.title);
        match (self.table.is_empty(), self.is_table_open) {
            (true, _) => figure.child(
                Element::new("p")
                    .class("note")
                    .text("There is nothing to show yet."),
            ),
            (false, true) => figure.child(table),
            (false, false) => {
                let details = Element::new("details")
                    .child(Element::new("summary").text("The numbers as a table"));
                figure.child(details.child(table))
            }
        }
    }
}
