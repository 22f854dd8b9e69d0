//! How many enter and leave by period: bars up and down, a small picture for each stage.

use crate::axes::{PERIODS_HEIGHT, Scale, periods};
use crate::canvas::{Anchor, Canvas, Style, line, rect};
use crate::dates;
use crate::figure::Figure;
use crate::number::{count, place, real};
use crate::table::Table;
use crate::words::named;

/// Who entered and who left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flows {
    /// The title.
    pub title: String,
    /// What is entered and left, in the singular: `stage`.
    pub things: String,
    /// The names of the periods.
    pub periods: Vec<String>,
    /// The stages.
    pub series: Vec<FlowSeries>,
}

/// What one stage gained and lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowSeries {
    /// Its name.
    pub name: String,
    /// How many entered, by period.
    pub entered: Vec<u64>,
    /// How many left, by period.
    pub left: Vec<u64>,
}

/// More stages than this stand in the table alone.
const MAX_DRAWN: usize = 12;

impl FlowSeries {
    fn at(&self, period: usize) -> (u64, u64) {
        let at = |counts: &[u64]| counts.get(period).copied().unwrap_or(0);
        (at(&self.entered), at(&self.left))
    }

    fn sums(&self) -> (u64, u64) {
        let sum = |counts: &[u64]| counts.iter().copied().fold(0, u64::saturating_add);
        (sum(&self.entered), sum(&self.left))
    }
}

impl From<Flows> for Figure {
    fn from(flows: Flows) -> Self {
        let note = if flows.series.len() > MAX_DRAWN {
            format!(
                "The first {MAX_DRAWN} of {}; the table has all.",
                flows.series.len()
            )
        } else {
            String::new()
        };
        Figure::new(&flows.title, flows.sentence(), flows.table(), |canvas| {
            flows.draw(canvas)
        })
        .note(note)
    }
}

impl Flows {
    fn sentence(&self) -> String {
        let gain = |of: &&FlowSeries| {
            let (entered, left) = of.sums();
            i128::from(entered) - i128::from(left)
        };
        let begin = "Bars upwards entered, bars downwards left.";
        match self
            .series
            .iter()
            .max_by_key(gain)
            .filter(|of| gain(of) > 0)
        {
            Some(most) => {
                let (entered, left) = most.sums();
                format!(
                    "{begin} {} gained the most: {} entered and {} left.",
                    named(&most.name),
                    count(entered),
                    count(left)
                )
            }
            None => begin.to_owned(),
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new(["period", &self.things]).numbers(["entered", "left"]);
        for (i, period) in self.periods.iter().enumerate() {
            for of in &self.series {
                let (entered, left) = of.at(i);
                table.row([
                    dates::short(period),
                    of.name.clone(),
                    count(entered),
                    count(left),
                ]);
            }
        }
        if self.periods.len() > 1 {
            for of in &self.series {
                let (entered, left) = of.sums();
                table.row([
                    "all".to_owned(),
                    of.name.clone(),
                    count(entered),
                    count(left),
                ]);
            }
        }
        table
    }

    fn draw(&self, canvas: &mut Canvas) {
        let drawn: Vec<&FlowSeries> = self.series.iter().take(MAX_DRAWN).collect();
        let beside = match (canvas.size.is_wide(), drawn.len()) {
            (false, _) => 1,
            (true, 1) => 1,
            (true, 2 | 4) => 2,
            (true, _) => 3,
        };
        let gap = 28.0;
        let width = (canvas.width - gap * place(beside - 1)) / place(beside);
        let (head, height) = (22.0, 110.0);
        let all = || {
            drawn
                .iter()
                .flat_map(|of| (0..self.periods.len()).map(|i| of.at(i)))
        };
        let (up, down) = all().fold((0, 0), |(up, down), (entered, left)| {
            (up.max(entered), down.max(left))
        });
        for (i, of) in drawn.iter().enumerate() {
            let x = place(i % beside) * (width + gap);
            let y = place(i / beside) * (head + height + PERIODS_HEIGHT + 12.0);
            let scale = Scale {
                low: -real(down).max(0.0),
                high: real(up).max(1.0 - real(down)),
                start: y + head + height,
                end: y + head,
            };
            self.one(canvas, of, (x, y), width, scale);
            canvas.height = y + head + height + PERIODS_HEIGHT;
        }
    }

    fn one(
        &self,
        canvas: &mut Canvas,
        of: &FlowSeries,
        (left, top): (f64, f64),
        width: f64,
        scale: Scale,
    ) {
        let n = self.periods.len();
        let (entered, gone) = of.sums();
        let sums = format!("+{} −{}", count(entered), count(gone));
        let sums_width = Style::Quiet.width(&sums);
        canvas.text(
            (left, top + 12.0),
            Anchor::Start,
            Style::Label,
            &of.name,
            width - sums_width - 10.0,
        );
        canvas.text(
            (left + width, top + 12.0),
            Anchor::End,
            Style::Quiet,
            &sums,
            sums_width,
        );
        let step = width / place(n.max(1));
        let bar = (step - 2.0).clamp(1.0, 26.0);
        let zero = scale.at(0.0);
        for (i, period) in self.periods.iter().enumerate() {
            let (entered, gone) = of.at(i);
            let x = left + (place(i) + 0.5) * step;
            let (up, down) = (scale.at(real(entered)), scale.at(-real(gone)));
            canvas.add(rect((x - bar / 2.0, up), bar, zero - up, "c0 f"));
            canvas.add(rect((x - bar / 2.0, zero), bar, down - zero, "c1 f"));
            let tip = format!(
                "{}: {}\n{} entered, {} left",
                dates::short(period),
                of.name,
                count(entered),
                count(gone)
            );
            let hit = rect(
                (x - step / 2.0, scale.end),
                step,
                scale.start - scale.end,
                "hit",
            );
            canvas.add(hit.tip(tip));
        }
        canvas.add(line((left, zero), (left + width, zero), "axis"));
        let at = |i: usize| left + (place(i) + 0.5) * step;
        periods(canvas, &self.periods, at, scale.start);
    }
}
