//! The numbers of a picture as a table.

use crate::markup::Element;

/// A table: the first column names its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Column {
    name: String,
    is_number: bool,
}

impl Table {
    /// A table without rows, of columns of texts.
    pub fn new(columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let columns = columns.into_iter().map(|name| Column {
            name: name.into(),
            is_number: false,
        });
        Table {
            columns: columns.collect(),
            rows: Vec::new(),
        }
    }

    /// Adds columns of numbers, which are aligned to the right.
    #[must_use]
    pub fn numbers(mut self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.columns.extend(columns.into_iter().map(|name| Column {
            name: name.into(),
            is_number: true,
        }));
        self
    }

    /// Adds a row. Cells that are missing are empty, and there are no more than columns.
    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        let mut row: Vec<String> = cells.into_iter().map(Into::into).collect();
        row.resize(self.columns.len(), String::new());
        self.rows.push(row);
    }

    /// The cells, row by row.
    pub fn rows(&self) -> impl Iterator<Item = &[String]> {
        self.rows.iter().map(Vec::as_slice)
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn element(&self, caption: &str) -> Element {
        let class = |column: &Column| if column.is_number { "num" } else { "" };
        let head = self.columns.iter().map(|column| {
            let cell = Element::new("th").attr("scope", "col").class(class(column));
            cell.text(&column.name)
        });
        let rows = self.rows.iter().map(|row| {
            let cells = row.iter().zip(&self.columns).enumerate();
            let cells = cells.map(|(i, (cell, column))| {
                let element = if i == 0 {
                    Element::new("th").attr("scope", "row")
                } else {
                    Element::new("td")
                };
                element.class(class(column)).text(cell)
            });
            Element::new("tr").children(cells)
        });
        let table = Element::new("table")
            .child(Element::new("caption").text(caption))
            .child(Element::new("thead").child(Element::new("tr").children(head)))
            .child(Element::new("tbody").children(rows));
        // Whoever has no mouse can scroll it as well.
        Element::new("div")
            .class("scroll")
            .attr("tabindex", "0")
            .attr("role", "region")
            .attr("aria-label", caption)
            .child(table)
    }
}
