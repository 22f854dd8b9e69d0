//! How many have done something after how long: curves of what takes time and may never happen.

use crate::axes::{Key, Scale, ends, ends_width, legend, nice, upright};
use crate::canvas::{Anchor, Canvas, Style, line, path, polyline};
use crate::colour::{MAX_SERIES, series};
use crate::figure::Figure;
use crate::number::{Unit, count};
use crate::table::Table;

/// Curves that rise from 0 in steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// The title.
    pub title: String,
    /// What it is that takes time: `subscribed`.
    pub what: String,
    /// The unit of the times.
    pub unit: Unit,
    /// How far the axis of time goes at least.
    pub until: f64,
    /// The curves.
    pub curves: Vec<Curve>,
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Its name.
    pub name: String,
    /// Of how many.
    pub of: u64,
    /// How many of these are waited for no longer than so far: they may still do it.
    pub waiting: u64,
    /// Each time at which the share rises, with the share from then on, ascending.
    pub points: Vec<(f64, f64)>,
}

/// The shares for which the table says how long it takes to reach them.
const SHARES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

impl From<Curves> for Figure {
    fn from(curves: Curves) -> Self {
        let waits = curves.curves.iter().any(|curve| curve.waiting > 0);
        let note = if waits {
            "Who has not done it yet counts for as long as is known of them (Kaplan and Meier, 1958)."
        } else {
            ""
        };
        Figure::new(&curves.title, curves.sentence(), curves.table(), |canvas| {
            curves.draw(canvas)
        })
        .note(note)
    }
}

impl Curve {
    fn end(&self) -> f64 {
        self.points.last().map_or(0.0, |(_, share)| *share)
    }

    /// The time at which a share is reached.
    fn reaches(&self, share: f64) -> Option<f64> {
        // A share that is one half in exact numbers counts as one half.
        self.points
            .iter()
            .find(|(_, s)| *s >= share - 1e-12)
            .map(|(time, _)| *time)
    }
}

impl Curves {
    fn sentence(&self) -> String {
        let Some(first) = self.curves.first() else {
            return "There is nobody.".to_owned();
        };
        let half = match first.reaches(0.5) {
            Some(time) => format!("Half have {} after {}", self.what, self.unit.show(time)),
            None => format!("{} have {}", Unit::Share.show(first.end()), self.what),
        };
        let waiting = if first.waiting > 0 {
            format!(", {} not yet", count(first.waiting))
        } else {
            String::new()
        };
        let of = if self.curves.len() > 1 {
            format!(" ({})", first.name)
        } else {
            String::new()
        };
        format!("{half}, of {}{waiting}{of}.", count(first.of))
    }

    fn table(&self) -> Table {
        let shares = SHARES.map(|share| format!("{} after", Unit::Share.tick(share)));
        let mut table = Table::new([""])
            .numbers(["of", "not yet", "in the end"])
            .numbers(shares);
        for curve in &self.curves {
            let times = SHARES.map(|share| {
                curve
                    .reaches(share)
                    .map_or_else(|| "–".to_owned(), |time| self.unit.show(time))
            });
            let row = [
                curve.name.clone(),
                count(curve.of),
                count(curve.waiting),
                Unit::Share.show(curve.end()),
            ];
            table.row(row.into_iter().chain(times));
        }
        table
    }

    fn draw(&self, canvas: &mut Canvas) {
        let curves: Vec<&Curve> = self.curves.iter().take(MAX_SERIES).collect();
        let keys: Vec<Key> = curves
            .iter()
            .enumerate()
            .map(|(i, curve)| Key {
                name: curve.name.clone(),
                class: series(i),
                value: Unit::Share.show(curve.end()),
            })
            .collect();
        let is_wide = canvas.size.is_wide();
        let (top, side) = if is_wide {
            (8.0, ends_width(&keys, 260.0))
        } else {
            (legend(canvas, &keys, 0.0) + 8.0, 6.0)
        };
        let bottom = top + if is_wide { 250.0 } else { 200.0 };
        let right = canvas.width - side;
        let highest = curves.iter().map(|curve| curve.end()).fold(0.0, f64::max);
        let (y, left) = upright(
            canvas,
            (0.0, if highest > 0.0 { highest } else { 1.0 }),
            Unit::Share,
            (top, bottom),
            right,
        );
        let longest = curves
            .iter()
            .filter_map(|curve| curve.points.last())
            .map(|(time, _)| *time)
            .fold(self.until, f64::max);
        let ticks = nice(0.0, longest, if is_wide { 6 } else { 4 }, false);
        let end = ticks.last().copied().unwrap_or(1.0);
        let x = Scale {
            low: 0.0,
            high: end,
            start: left,
            end: right,
        };
        for (i, tick) in ticks.iter().enumerate() {
            let last = i + 1 == ticks.len();
            let text = if last {
                self.unit.show(*tick)
            } else {
                self.unit.tick(*tick)
            };
            let anchor = if last { Anchor::End } else { Anchor::Middle };
            canvas.text(
                (x.at(*tick), bottom + 16.0),
                anchor,
                Style::Tick,
                &text,
                90.0,
            );
        }
        if let Some(time) = curves
            .first()
            .filter(|_| curves.len() == 1)
            .and_then(|curve| curve.reaches(0.5))
        {
            canvas.add(line((left, y.at(0.5)), (x.at(time), y.at(0.5)), "dash"));
            canvas.add(line((x.at(time), y.at(0.5)), (x.at(time), bottom), "dash"));
        }
        for (i, curve) in curves.iter().enumerate() {
            let until = self
                .until
                .max(curve.points.last().map_or(0.0, |(time, _)| *time));
            let tip = format!(
                "{}: {} of {} in the end",
                curve.name,
                Unit::Share.show(curve.end()),
                count(curve.of)
            );
            canvas.add(
                path(
                    polyline(&stairs(curve, x, y, until)),
                    format!("{} l", series(i)),
                )
                .tip(tip),
            );
        }
        if is_wide {
            let at: Vec<f64> = curves.iter().map(|curve| y.at(curve.end())).collect();
            ends(canvas, &keys, &at, right, (top, bottom));
        }
        canvas.height = bottom + 22.0;
    }
}

/// The corners of a curve. Of many points as many are kept as there are pixels.
fn stairs(curve: &Curve, x: Scale, y: Scale, until: f64) -> Vec<(f64, f64)> {
    let mut out = vec![(x.at(0.0), y.at(0.0))];
    let mut level = y.at(0.0);
    let mut points = curve.points.iter().peekable();
    while let Some((time, share)) = points.next() {
        let at = x.at(*time);
        if points
            .peek()
            .is_some_and(|(next, _)| x.at(*next) - at < 0.5)
        {
            continue;
        }
        let next = y.at(*share);
        out.push((at, level));
        out.push((at, next));
        level = next;
    }
    out.push((x.at(until), level));
    out
}
