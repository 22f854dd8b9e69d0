//! A value while a rule is evaluated.

use crate::value::GeoPoint;

/// A value while a rule is evaluated. Which of the language's types it is was settled by the checker.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Val<'a> {
    Missing,
    /// bool, int, decimal (its mantissa), enum (its position), date (days), instant and duration (microseconds)
    Whole(i128),
    /// `numerator / denominator`, the denominator positive: an exact average
    Ratio(i128, i128),
    Real(f64),
    Text(&'a str),
    /// A text that stands nowhere.
    Inline(InlineText),
    Place(GeoPoint),
}

impl<'a> Val<'a> {
    pub(crate) fn whole(v: Option<i64>) -> Self {
        v.map_or(Val::Missing, |v| Val::Whole(i128::from(v)))
    }

    pub(crate) fn real(v: f64) -> Self {
        if v.is_nan() {
            Val::Missing
        } else {
            Val::Real(v)
        }
    }

    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Val::Missing)
    }

    pub(crate) fn as_whole(&self) -> Option<i128> {
        if let Val::Whole(v) = self {
            Some(*v)
        } else {
            None
        }
    }

    /// An exact number as a numerator and a denominator.
    pub(crate) fn as_ratio(&self) -> Option<(i128, i128)> {
        match self {
            Val::Whole(v) => Some((*v, 1)),
            Val::Ratio(n, d) => Some((*n, *d)),
            Val::Missing | Val::Real(_) | Val::Text(_) | Val::Inline(_) | Val::Place(_) => None,
        }
    }

    /// The value as microseconds or days.
    pub(crate) fn as_i64(&self) -> Option<i64> {
        self.as_whole().and_then(|v| i64::try_from(v).ok())
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Val::Text(text) => Some(text),
            Val::Inline(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// A number as floating point; an exact one is divided by its power of ten.
    #[expect(clippy::cast_precision_loss, reason = "a float is what is asked for")]
    pub(crate) fn as_real(&self, power: f64) -> f64 {
        match self {
            Val::Whole(v) => *v as f64 / power,
            Val::Ratio(n, d) => *n as f64 / *d as f64 / power,
            Val::Real(v) => *v,
            _ => f64::NAN,
        }
    }

    /// The order of two values of one type and scale; equal where they cannot be compared.
    pub(crate) fn natural_cmp(&self, other: &Val<'_>) -> std::cmp::Ordering {
        match (self, other) {
            (Val::Whole(a), Val::Whole(b)) => a.cmp(b),
            (Val::Real(a), Val::Real(b)) => a.total_cmp(b),
            (
                Val::Whole(_) | Val::Ratio(..) | Val::Real(_),
                Val::Whole(_) | Val::Ratio(..) | Val::Real(_),
            ) => self.as_real(1.0).total_cmp(&other.as_real(1.0)),
            _ => self.text().cmp(&other.text()),
        }
    }
}

/// A short text without an allocation: the decimal digits of a number, or a UUID.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InlineText {
    /// The text ends where they end.
    bytes: [u8; InlineText::MAX],
    start: u8,
}

impl InlineText {
    /// As long as a UUID.
    const MAX: usize = 36;

    const EMPTY: Self = InlineText {
        bytes: [b'0'; Self::MAX],
        start: Self::MAX as u8,
    };

    /// Puts a character before the text.
    fn push_front(&mut self, c: u8) {
        self.start = self.start.saturating_sub(1);
        if let Some(slot) = self.bytes.get_mut(usize::from(self.start)) {
            *slot = c;
        }
    }

    /// The decimal digits of a number.
    pub(crate) fn unsigned(mut n: u64) -> Self {
        let mut text = Self::EMPTY;
        loop {
            text.push_front(b'0' + u8::try_from(n % 10).unwrap_or(0));
            n /= 10;
            if n == 0 {
                return text;
            }
        }
    }

    /// The decimal digits of a number, after a minus sign if it is negative.
    pub(crate) fn signed(n: i64) -> Self {
        let mut text = Self::unsigned(n.unsigned_abs());
        if n < 0 {
            text.push_front(b'-');
        }
        text
    }

    /// The 32 lowercase hexadecimal digits of a UUID in groups of 8, 4, 4, 4 and 12 (RFC 9562, section 4).
    pub(crate) fn uuid(bits: u128) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = Self::EMPTY;
        for place in 0..32 {
            if [12, 16, 20, 24].contains(&place) {
                text.push_front(b'-');
            }
            let digit = usize::try_from(bits >> (4 * place) & 15).unwrap_or(0);
            text.push_front(DIGITS.get(digit).copied().unwrap_or(b'0'));
        }
        text
    }

    pub(crate) fn as_str(&self) -> &str {
        self.bytes
            .get(usize::from(self.start)..)
            .and_then(|b| std::str::from_utf8(b).ok())
            .unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::InlineText;

    #[test]
    fn numbers_and_uuids_are_written_as_usual() {
        let text = |text: InlineText| text.as_str().to_owned();
        for n in [0, 7, 10, u64::MAX] {
            assert_eq!(text(InlineText::unsigned(n)), n.to_string());
        }
        for n in [0, -7, i64::MIN, i64::MAX] {
            assert_eq!(text(InlineText::signed(n)), n.to_string());
        }
        let bits = 0x67e5_5044_10b1_426f_9247_bb68_0e5f_e0c8;
        assert_eq!(
            text(InlineText::uuid(bits)),
            "67e55044-10b1-426f-9247-bb680e5fe0c8"
        );
        assert_eq!(
            text(InlineText::uuid(1)),
            "00000000-0000-0000-0000-000000000001"
        );
    }
}
