//! Cells in rows and columns, the darker the more.

use crate::canvas::{Anchor, Canvas, Size, Style, bar};
use crate::number::place;

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    /// From 0 to 1.
    pub(crate) darkness: f64,
    /// What stands in it where there is room.
    pub(crate) text: String,
    /// What stands in it where there is less room; may be empty.
    pub(crate) short: String,
    /// What is shown of it where somebody points at it.
    pub(crate) tip: String,
    /// Whether it is drawn as one that may still grow.
    pub(crate) is_open: bool,
}

/// Cells with the names of their rows and columns. `None` is no cell.
pub(crate) struct Grid<'a> {
    pub(crate) corner: &'a str,
    pub(crate) rows: &'a [String],
    pub(crate) columns: &'a [String],
    pub(crate) cells: &'a [Vec<Option<Cell>>],
    /// Whether the rows are called what the columns are called, so that numbers before their names say what columns are.
    pub(crate) is_square: bool,
}

const GAP: f64 = 2.0;

impl Grid<'_> {
    /// Draws it from `top` on: where it ends.
    pub(crate) fn draw(&self, canvas: &mut Canvas, top: f64) -> f64 {
        let n = self.columns.len().max(1);
        let rows = self.row_names(false);
        let mut left = self.left(canvas, &rows);
        let width = |left: f64| ((canvas.width - left) / place(n)).min(132.0);
        let fits = |left: f64| {
            self.columns
                .iter()
                .all(|name| Style::Tick.width(name) <= width(left) - 4.0)
        };
        let are_numbered = !fits(left);
        let rows = self.row_names(are_numbered);
        left = self.left(canvas, &rows);
        let width = width(left);
        let height = if canvas.size == Size::Wide {
            30.0
        } else {
            28.0
        };
        let mut y = top + 14.0;
        canvas.text(
            (0.0, y),
            Anchor::Start,
            Style::Tick,
            self.corner,
            left - 8.0,
        );
        for (i, name) in self.columns.iter().enumerate() {
            let x = left + (place(i) + 0.5) * width;
            let name = if are_numbered {
                (i + 1).to_string()
            } else {
                name.clone()
            };
            canvas.text((x, y), Anchor::Middle, Style::Tick, &name, width - 2.0);
        }
        y += 8.0;
        for (name, cells) in rows.iter().zip(self.cells) {
            canvas.text(
                (left - 10.0, y + height / 2.0 + 4.5),
                Anchor::End,
                Style::Label,
                name,
                left - 10.0,
            );
            for (i, cell) in cells.iter().enumerate() {
                if let Some(cell) = cell {
                    cell.draw(
                        canvas,
                        (left + place(i) * width, y),
                        width - GAP,
                        height - GAP,
                    );
                }
            }
            y += height;
        }
        if are_numbered && !self.is_square {
            y = self.explain_columns(canvas, y + 8.0);
        }
        y
    }

    fn row_names(&self, are_numbered: bool) -> Vec<String> {
        let rows = self.rows.iter().enumerate();
        let named = rows.map(|(i, name)| {
            if are_numbered && self.is_square {
                format!("{} · {name}", i + 1)
            } else {
                name.clone()
            }
        });
        named.collect()
    }

    fn left(&self, canvas: &Canvas, rows: &[String]) -> f64 {
        let widths = rows.iter().map(|name| Style::Label.width(name));
        let corner = Style::Tick.width(self.corner);
        (widths.fold(corner, f64::max) + 12.0).min(canvas.width * 0.36)
    }

    /// What the numbers of columns mean.
    fn explain_columns(&self, canvas: &mut Canvas, top: f64) -> f64 {
        let (mut x, mut y) = (0.0, top);
        for (i, name) in self.columns.iter().enumerate() {
            let text = format!("{} · {name}", i + 1);
            let width = Style::Quiet.width(&text).min(canvas.width);
            if x > 0.0 && x + width > canvas.width {
                (x, y) = (0.0, y + 16.0);
            }
            canvas.text(
                (x, y + 12.0),
                Anchor::Start,
                Style::Quiet,
                &text,
                canvas.width,
            );
            x += width + 16.0;
        }
        y + 18.0
    }
}

impl Cell {
    fn draw(&self, canvas: &mut Canvas, (x, y): (f64, f64), width: f64, height: f64) {
        let darkness = if self.darkness.is_finite() {
            self.darkness.clamp(0.0, 1.0)
        } else {
            0.0
        };
        // Even the least is seen where it is something.
        let shade = if darkness > 0.0 {
            0.06 + 0.94 * darkness
        } else {
            0.0
        };
        let class = if self.is_open { "cell open" } else { "cell" };
        let back = bar((x, y), width, height, class).attr("style", format!("--d:{shade:.2}"));
        canvas.add(back.tip(&self.tip));
        let fits = |text: &&String| Style::Tick.width(text) <= width - 3.0;
        if let Some(text) = [&self.text, &self.short].into_iter().find(fits) {
            let middle = (x + width / 2.0, y + height / 2.0 + 3.0);
            let is_short = *text != self.text;
            canvas.text_on(middle, shade, text, is_short);
        }
    }
}
