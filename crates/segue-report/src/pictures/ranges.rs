//! How long things take: the middle half of each, and its median.

use crate::axes::{Scale, nice};
use crate::canvas::{Anchor, Canvas, Style, bar, line};
use crate::figure::Figure;
use crate::number::{Unit, count};
use crate::table::Table;
use crate::words::named;

/// A range for each thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranges {
    /// The title.
    pub title: String,
    /// What one range is of, in the singular: `stage`.
    pub things: String,
    /// How the numbers are written.
    pub unit: Unit,
    /// The ranges.
    pub ranges: Vec<Range>,
}

/// What a quarter, a half and three quarters of the values do not exceed.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// Its name.
    pub name: String,
    /// Of how many values.
    pub of: u64,
    /// How many more are not known yet.
    pub open: u64,
    /// The first quartile, the median and the third quartile; `None` without values.
    pub quartiles: Option<[f64; 3]>,
}

impl From<Ranges> for Figure {
    fn from(ranges: Ranges) -> Self {
        let note = "The bar is the middle half, the stroke the median, of those that have ended.";
        Figure::new(&ranges.title, ranges.sentence(), ranges.table(), |canvas| {
            ranges.draw(canvas)
        })
        .note(note)
    }
}

impl Ranges {
    fn sentence(&self) -> String {
        let medians = self
            .ranges
            .iter()
            .filter_map(|of| Some((of, of.quartiles?[1])));
        match medians.max_by(|a, b| a.1.total_cmp(&b.1)) {
            Some((of, median)) => format!(
                "Half of the stays in {} last at most {}, the longest of the medians.",
                named(&of.name),
                self.unit.show(median)
            ),
            None => format!("No stay in a {} has ended yet.", self.things),
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new([&*self.things]).numbers([
            "ended",
            "not ended",
            "a quarter at most",
            "median",
            "three quarters at most",
        ]);
        for of in &self.ranges {
            let quartiles = match of.quartiles {
                Some(quartiles) => quartiles.map(|value| self.unit.show(value)),
                None => [(); 3].map(|()| "–".to_owned()),
            };
            let row = [of.name.clone(), count(of.of), count(of.open)];
            table.row(row.into_iter().chain(quartiles));
        }
        table
    }

    fn draw(&self, canvas: &mut Canvas) {
        let is_wide = canvas.size.is_wide();
        let names = self
            .ranges
            .iter()
            .map(|of| Style::Label.width(&of.name))
            .fold(0.0, f64::max)
            .min(280.0);
        let median = |of: &Range| {
            of.quartiles
                .map_or_else(|| "–".to_owned(), |[_, median, _]| self.unit.show(median))
        };
        let values = self
            .ranges
            .iter()
            .map(|of| Style::Strong.width(&median(of)))
            .fold(0.0, f64::max);
        let left = if is_wide { names + 14.0 } else { 4.0 };
        let right = if is_wide {
            canvas.width - values - 20.0
        } else {
            canvas.width - 10.0
        };
        let high = self
            .ranges
            .iter()
            .filter_map(|of| of.quartiles)
            .map(|q| q[2])
            .fold(0.0, f64::max);
        let ticks = nice(0.0, high, if is_wide { 6 } else { 4 }, false);
        let scale = Scale {
            low: 0.0,
            high: ticks.last().copied().unwrap_or(1.0),
            start: left,
            end: right,
        };
        let height = if is_wide { 30.0 } else { 44.0 };
        let bottom = height * crate::number::place(self.ranges.len());
        for tick in &ticks {
            let x = scale.at(*tick);
            canvas.add(line(
                (x, 0.0),
                (x, bottom),
                if *tick == 0.0 { "axis" } else { "grid" },
            ));
            let text = self.unit.tick(*tick);
            let half = Style::Tick.width(&text) / 2.0;
            let text_x = x.clamp(half, (canvas.width - half).max(half));
            canvas.text(
                (text_x, bottom + 15.0),
                Anchor::Middle,
                Style::Tick,
                &text,
                80.0,
            );
        }
        for (i, of) in self.ranges.iter().enumerate() {
            let y = height * crate::number::place(i);
            let (bar_y, text_y) = if is_wide {
                (y + 7.0, y + 19.5)
            } else {
                (y + 22.0, y + 14.0)
            };
            if let Some([low, middle, high]) = of.quartiles {
                let tip = format!(
                    "{}: a quarter at most {}, half at most {}, three quarters at most {} ({} ended, {} not)",
                    of.name,
                    self.unit.show(low),
                    self.unit.show(middle),
                    self.unit.show(high),
                    count(of.of),
                    count(of.open)
                );
                let (start, end) = (scale.at(low), scale.at(high));
                canvas.add(bar((start, bar_y), (end - start).max(2.0), 16.0, "c0 f half").tip(tip));
                canvas.add(line(
                    (scale.at(middle), bar_y - 3.0),
                    (scale.at(middle), bar_y + 19.0),
                    "mark",
                ));
            }
            canvas.text(
                (canvas.width, text_y),
                Anchor::End,
                Style::Strong,
                &median(of),
                values,
            );
            if is_wide {
                canvas.text((names, text_y), Anchor::End, Style::Label, &of.name, names);
            } else {
                canvas.text(
                    (0.0, text_y),
                    Anchor::Start,
                    Style::Label,
                    &of.name,
                    canvas.width - values - 10.0,
                );
            }
        }
        canvas.height = bottom + 20.0;
    }
}
