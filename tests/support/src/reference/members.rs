//! Tags, segments, samples: what a profile belongs to.

use super::calendar::Micros;
use super::value::Value;
use super::{Scope, holds};
use md5::{Digest as _, Md5};
use segue::syntax::{Expr, Literal, Name, Quantifier};

impl Scope<'_> {
    /// Section 6: "*Tags*: a tree of paths; `tagged "interest"` holds for `interest/skincare` too."
    pub(super) fn tagged(&self, quantifier: Quantifier, paths: &[Literal]) -> bool {
        let by_rule = self
            .world
            .tags
            .iter()
            .filter(|(_, rule)| holds(self.world, self.profile, rule, self.now))
            .map(|(path, _)| path);
        let tags: Vec<&String> = self.profile.tags.iter().chain(by_rule).collect();
        let under = |path: &Literal| match path {
            Literal::String(path) => tags
                .iter()
                .any(|tag| *tag == path || tag.starts_with(&format!("{path}/"))),
            other => panic!("{other:?} is no tag"),
        };
        match quantifier {
            Quantifier::Any if paths.is_empty() => !tags.is_empty(),
            Quantifier::Any => paths.iter().any(under),
            Quantifier::All => paths.iter().all(under),
            Quantifier::None => !paths.iter().any(under),
        }
    }

    pub(super) fn in_segments(&self, quantifier: Quantifier, names: &[Name]) -> bool {
        let member = |name: &String| self.in_segment(name, self.now);
        let names: Vec<&String> = match names.is_empty() {
            true => self.world.segments.keys().collect(),
            false => names.iter().map(|n| &n.text).collect(),
        };
        match quantifier {
            Quantifier::Any => names.into_iter().any(member),
            Quantifier::All => names.into_iter().all(member),
            Quantifier::None => !names.into_iter().any(member),
        }
    }

    pub(super) fn in_segment(&self, name: &str, at: Micros) -> bool {
        let rule = self
            .world
            .segments
            .get(name)
            .unwrap_or_else(|| panic!("`{name}` is no segment"));
        holds(self.world, self.profile, rule, at)
    }

    /// Decisions: "h = first 8 hex digits of md5(salt + ":" + id) as an unsigned 32-bit number; in iff h < share * 2^32".
    pub(super) fn in_sample(&self, percent: &Expr, salt: &Literal) -> bool {
        let (Some(Value::Exact(share)), Literal::String(salt)) = (self.value(percent), salt) else {
            panic!("a share is exact")
        };
        let hash = Md5::digest(format!("{salt}:{}", self.profile.id));
        let h = hash
            .iter()
            .take(4)
            .fold(0_i128, |h, byte| h * 256 + i128::from(*byte));
        h * share.1 < share.0 * (1 << 32)
    }
}
