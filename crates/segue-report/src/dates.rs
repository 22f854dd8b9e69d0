//! Names of calendar periods as `segue::insight` gives them (`2026-01-05`, `2026-01`, `2026-Q1`, `2026`), made short.

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A period in two parts, of which the second is the year if it says the first alone too little.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShortDate {
    pub(crate) day: String,
    pub(crate) year: Option<String>,
}

/// Splits the name of a period; what is none is left as it is.
pub(crate) fn split(name: &str) -> ShortDate {
    parsed(name).unwrap_or_else(|| ShortDate {
        day: name.to_owned(),
        year: None,
    })
}

/// The name of a period in words: `5 Jan 2026`, `Jan 2026`, `Q1 2026`.
pub(crate) fn short(name: &str) -> String {
    let date = split(name);
    match date.year {
        Some(year) => format!("{} {year}", date.day),
        None => date.day,
    }
}

fn parsed(name: &str) -> Option<ShortDate> {
    let mut parts = name.split('-');
    let (year, second, day) = (parts.next()?, parts.next()?, parts.next());
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) || parts.next().is_some() {
        return None;
    }
    let first = if second.starts_with('Q') && day.is_none() {
        second.to_owned()
    } else {
        let month = MONTHS.get(second.parse::<usize>().ok()?.checked_sub(1)?)?;
        match day {
            None => (*month).to_owned(),
            Some(day) => format!("{} {month}", day.parse::<u8>().ok()?),
        }
    };
    Some(ShortDate {
        day: first,
        year: Some(year.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_short() {
        let names = [
            "2026-01-05",
            "2026-12",
            "2026-Q3",
            "2026",
            "2026-13",
            "first week",
            "2026-01-05T10:00",
        ]
        .map(short);
        assert_eq!(
            names,
            [
                "5 Jan 2026",
                "Dec 2026",
                "Q3 2026",
                "2026",
                "2026-13",
                "first week",
                "2026-01-05T10:00"
            ]
        );
    }
}
