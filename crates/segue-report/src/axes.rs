//! Axes, legends, and labels that keep clear of one another.

use crate::canvas::{Anchor, Canvas, Style, bar, line, rect};
use crate::dates;
use crate::number::{Unit, place};

/// From data to pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) start: f64,
    pub(crate) end: f64,
}

impl Scale {
    pub(crate) fn at(&self, value: f64) -> f64 {
        let range = self.high - self.low;
        if !(range.is_finite() && range > 0.0 && value.is_finite()) {
            return self.start;
        }
        self.start + (value - self.low) / range * (self.end - self.start)
    }
}

/// Round numbers from at most `low` to at least `high`, about `wanted` of them.
///
/// Steps are 1, 2, 2.5 or 5 times a power of ten: P. S. Heckbert, "Nice Numbers for Graph Labels", Graphics Gems (1990).
pub(crate) fn nice(low: f64, high: f64, wanted: usize, is_whole: bool) -> Vec<f64> {
    let (low, high) = if (1e-300..1e300).contains(&(high - low)) {
        (low, high)
    } else {
        (0.0, 1.0)
    };
    let rough = (high - low) / place(wanted.max(1));
    let power = 10f64.powf(rough.log10().floor());
    let fits = |step: &f64| *step >= rough * 0.999 && (!is_whole || step.fract() == 0.0);
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|n| n * power);
    let step = steps.into_iter().find(fits).unwrap_or(power * 10.0);
    let step = if is_whole { step.max(1.0) } else { step };
    let mut ticks = Vec::new();
    let first = (low / step + 1e-9).floor();
    for i in 0..100 {
        let tick = (first + f64::from(i)) * step;
        ticks.push(if tick.abs() < step * 1e-9 { 0.0 } else { tick });
        if tick >= high - step * 1e-9 {
            break;
        }
    }
    ticks
}

/// An upright axis with lines across the picture: the scale, and how much room its labels take on the left.
pub(crate) fn upright(
    canvas: &mut Canvas,
    (low, high): (f64, f64),
    unit: Unit,
    (top, bottom): (f64, f64),
    right: f64,
) -> (Scale, f64) {
    let ticks = nice(low, high, 4, unit == Unit::Count);
    let texts: Vec<String> = ticks.iter().map(|tick| unit.tick(*tick)).collect();
    let widths = texts.iter().map(|text| Style::Tick.width(text));
    let left = widths.fold(0.0, f64::max) + 8.0;
    let scale = Scale {
        low: ticks.first().copied().unwrap_or(0.0),
        high: ticks.last().copied().unwrap_or(1.0),
        start: bottom,
        end: top,
    };
    for (tick, text) in ticks.iter().zip(&texts) {
        let y = scale.at(*tick);
        let class = if *tick == 0.0 { "axis" } else { "grid" };
        canvas.add(line((left, y), (right, y), class));
        canvas.text((left - 6.0, y + 4.0), Anchor::End, Style::Tick, text, left);
    }
    (scale, left)
}

/// How high the labels below an axis of periods are.
pub(crate) const PERIODS_HEIGHT: f64 = 38.0;

/// Names of periods below an axis, as many as have room, with the year below the first of each.
pub(crate) fn periods(canvas: &mut Canvas, names: &[String], at: impl Fn(usize) -> f64, y: f64) {
    let split: Vec<dates::ShortDate> = names.iter().map(|name| dates::split(name)).collect();
    let widest = split.iter().map(|date| {
        let year = date.year.as_deref().unwrap_or_default();
        Style::Tick.width(&date.day).max(Style::Tick.width(year))
    });
    let widest = widest.fold(0.0, f64::max).min(canvas.width / 3.0);
    let apart = if names.len() > 1 {
        ((at(names.len() - 1) - at(0)) / place(names.len() - 1)).max(0.1)
    } else {
        canvas.width
    };
    let every = (1..=names.len())
        .find(|n| place(*n) * apart >= widest + 10.0)
        .unwrap_or(names.len().max(1));
    let mut year = None;
    for (i, date) in split.iter().enumerate().step_by(every) {
        let half = Style::Tick.width(&date.day).min(widest) / 2.0 + 2.0;
        let x = at(i).min(canvas.width - half).max(half);
        canvas.text(
            (x, y + 18.0),
            Anchor::Middle,
            Style::Tick,
            &date.day,
            widest,
        );
        if date.year != year {
            if let Some(text) = &date.year {
                let half = Style::Tick.width(text) / 2.0 + 2.0;
                let x = x.min(canvas.width - half).max(half);
                canvas.text(
                    (x, y + 32.0),
                    Anchor::Middle,
                    Style::Tick,
                    text,
                    widest + 10.0,
                );
            }
            year.clone_from(&date.year);
        }
    }
}

/// A name with its colours and its number.
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) class: String,
    /// Empty for none.
    pub(crate) value: String,
}

/// The places at which somebody points at one of so many periods, and what is shown then: each reaches half of the way to the next.
pub(crate) fn hits(
    canvas: &mut Canvas,
    periods: usize,
    at: impl Fn(usize) -> f64,
    (left, right): (f64, f64),
    (top, bottom): (f64, f64),
    tip: impl Fn(usize) -> String,
) {
    for i in 0..periods {
        let from = match i.checked_sub(1) {
            Some(before) => (at(before) + at(i)) / 2.0,
            None => left,
        };
        let to = if i + 1 == periods {
            right
        } else {
            (at(i) + at(i + 1)) / 2.0
        };
        canvas.add(rect((from, top), to - from, bottom - top, "hit").tip(tip(i)));
    }
}

/// A legend in lines from `y` on: where it ends.
pub(crate) fn legend(canvas: &mut Canvas, keys: &[Key], y: f64) -> f64 {
    let (mut x, mut y) = (0.0, y);
    for key in keys {
        let value = Style::Value.width(&key.value);
        let gap = if key.value.is_empty() {
            0.0
        } else {
            value + 6.0
        };
        let room = (canvas.width - 18.0 - gap).max(0.0);
        let name = Style::Label.width(&key.name).min(room);
        let whole = 16.0 + name + gap;
        if x > 0.0 && x + whole > canvas.width {
            (x, y) = (0.0, y + 20.0);
        }
        canvas.add(bar((x, y + 3.0), 10.0, 10.0, format!("{} f", key.class)));
        canvas.text(
            (x + 16.0, y + 13.0),
            Anchor::Start,
            Style::Label,
            &key.name,
            room,
        );
        if !key.value.is_empty() {
            canvas.text(
                (x + 16.0 + name + 6.0, y + 13.0),
                Anchor::Start,
                Style::Value,
                &key.value,
                value,
            );
        }
        x += whole + 18.0;
    }
    if keys.is_empty() { y } else { y + 24.0 }
}

/// Moves places apart so that each is at least `gap` from the next, within bounds and with as little movement as one pass down and one up
/// bring about. The places keep their order. Where there is too little room for all, they come as close as they must.
pub(crate) fn spread(places: &[f64], gap: f64, (low, high): (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| {
        places
            .get(*a)
            .partial_cmp(&places.get(*b))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let needed = gap * place(places.len().saturating_sub(1));
    let gap = if needed > high - low && needed > 0.0 {
        (high - low) / place(places.len() - 1)
    } else {
        gap
    };
    let mut out: Vec<f64> = places.to_vec();
    let mut least = low;
    for i in &order {
        if let Some(y) = out.get_mut(*i) {
            *y = y.max(least);
            least = *y + gap;
        }
    }
    let mut most = high;
    for i in order.iter().rev() {
        if let Some(y) = out.get_mut(*i) {
            *y = y.min(most);
            most = *y - gap;
        }
    }
    out
}

/// Names at the right end of series, each beside where its series ends and clear of the others.
pub(crate) fn ends(canvas: &mut Canvas, keys: &[Key], at: &[f64], x: f64, (low, high): (f64, f64)) {
    let places = spread(at, 18.0, (low, high));
    for ((key, y), own) in keys.iter().zip(places).zip(at) {
        if (y - own).abs() > 3.0 {
            canvas.add(line((x + 2.0, *own), (x + 12.0, y), "lead"));
        }
        canvas.add(bar(
            (x + 14.0, y - 5.0),
            10.0,
            10.0,
            format!("{} f", key.class),
        ));
        let value = Style::Strong.width(&key.value);
        let room = canvas.width - x - 30.0;
        canvas.text(
            (x + 30.0, y + 4.5),
            Anchor::Start,
            Style::Label,
            &key.name,
            room - value - 8.0,
        );
        canvas.text(
            (canvas.width, y + 4.5),
            Anchor::End,
            Style::Strong,
            &key.value,
            value,
        );
    }
}

/// How wide [`ends`] is.
pub(crate) fn ends_width(keys: &[Key], most: f64) -> f64 {
    let widths = keys
        .iter()
        .map(|key| 40.0 + Style::Label.width(&key.name) + Style::Strong.width(&key.value));
    widths.fold(0.0, f64::max).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_both_ends() {
        assert_eq!(
            nice(0.0, 6041.0, 4, true),
            [0.0, 2000.0, 4000.0, 6000.0, 8000.0]
        );
        assert_eq!(nice(0.0, 3.0, 4, true), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(
            nice(-30.0, 70.0, 4, true),
            [-50.0, -25.0, 0.0, 25.0, 50.0, 75.0]
        );
        assert_eq!(nice(0.0, 0.0, 4, true), [0.0, 1.0]);
        assert_eq!(nice(0.0, f64::NAN, 4, false), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(nice(0.0, 5e-324, 4, false).first(), Some(&0.0));
    }

    #[test]
    fn labels_keep_clear_of_one_another() {
        let spread_out = spread(&[50.0, 52.0, 10.0, 99.0, 98.0], 10.0, (0.0, 100.0));
        assert_eq!(spread_out, [50.0, 60.0, 10.0, 100.0, 90.0]);
        // Too many for the room: as close as they must be, and in bounds.
        let close = spread(&[0.0, 0.0, 0.0], 10.0, (0.0, 10.0));
        assert_eq!(close, [0.0, 5.0, 10.0]);
        assert_eq!(spread(&[], 10.0, (0.0, 1.0)), Vec::<f64>::new());
    }
}
