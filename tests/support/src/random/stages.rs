//! Random lifecycles, and conditions on their stages.

use super::Gen;
use super::data::TEXTS;
use crate::corpus::{LifecycleText, StageText};
use segue::Type;

const STAGES: [&str; 4] = ["awareness", "decision", "loyalty", "lost"];

impl Gen {
    /// One lifecycle whose stages depend on events, perhaps kept per property.
    pub(super) fn fill_lifecycle(&mut self) {
        let n = 2 + self.rng.below(STAGES.len() - 1);
        let per = if self.rng.percent(35) {
            self.subject()
        } else {
            None
        };
        let from = self
            .rng
            .pick(&[None, Some("any"), Some("forward")])
            .map(str::to_owned);
        let stages = (0..n).map(|i| {
            let from = match self.rng.below(4) {
                0 | 1 => None,
                2 => Some("any".to_owned()),
                _ => {
                    let others: Vec<&str> = STAGES[..n]
                        .iter()
                        .copied()
                        .filter(|_| self.rng.percent(50))
                        .collect();
                    Some(
                        ["none"]
                            .into_iter()
                            .chain(others)
                            .collect::<Vec<_>>()
                            .join(","),
                    )
                }
            };
            StageText {
                name: STAGES[i].to_owned(),
                when: self.stage_when(),
                from,
            }
        });
        let lifecycle = LifecycleText {
            per,
            from,
            stages: stages.collect(),
        };
        self.book.lifecycles.insert("life".to_owned(), lifecycle);
    }

    /// A property that is a text wherever it occurs.
    fn subject(&mut self) -> Option<String> {
        let properties = || self.schema.kinds().iter().flat_map(|k| &k.properties);
        let texts = |name: &str| {
            properties()
                .filter(|p| p.name == name)
                .all(|p| p.ty == Type::String)
        };
        let names: Vec<String> = properties()
            .filter(|p| texts(&p.name))
            .map(|p| p.name.clone())
            .collect();
        if names.is_empty() {
            None
        } else {
            Some(self.rng.pick(&names))
        }
    }

    fn stage_when(&mut self) -> String {
        let (term, length) = (self.term(&[]).text, self.length());
        match self.rng.below(7) {
            0 => term,
            1 | 2 => format!("{term} within {length}"),
            3 => format!("not {term} within {length}"),
            4 => format!("{term} at least 2 times"),
            5 => format!("count({term} within {length}) = 1"),
            _ => format!("{term} before {length} ago"),
        }
    }

    /// A condition on the stages of the lifecycle.
    pub(super) fn stage_condition(&mut self) -> String {
        let lifecycle = &self.book.lifecycles["life"];
        let (n, kept) = (lifecycle.stages.len(), lifecycle.per.is_some());
        let of = match kept {
            true => format!(" of life for {:?}", self.rng.pick(&TEXTS)),
            false => self.rng.pick(&["", " of life"]).to_owned(),
        };
        let (stage, length) = (self.rng.pick(&STAGES[..n]), self.length());
        let held = self.rng.pick(&["more than", "at least", "less than"]);
        let order = self.rng.pick(&["=", "!=", "<", "<=", ">", ">="]);
        match self.rng.below(9) {
            0 => format!("stage{of} {order} {stage}"),
            1 => format!("stage{of} in ({stage}, {})", self.rng.pick(&STAGES[..n])),
            2 => format!("stage{of} is missing"),
            3 => format!("in stage{of} for {held} {length}"),
            4 => format!("in stage {stage}{of} for {held} {length}"),
            5 => format!("stage{of} {order} {stage} for {held} {length}"),
            6 => format!("ever in stage {stage}{of}"),
            7 => format!("entered stage {stage}{of} within {length}"),
            _ => format!("left stage {stage}{of} within {length}"),
        }
    }
}
