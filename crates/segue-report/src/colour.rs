//! Colours of series.
//!
//! They are those of Okabe and Ito, "Color Universal Design: How to make figures and presentations that are friendly to colorblind
//! people" (2002, revised 2008), which people with each kind of colour blindness can tell apart. Yellow is left out, since a line of
//! it is hardly seen on white. `page/style.css` has the values, those for dark screens being lighter. Where a number is shown by
//! darkness, it is the darkness of one colour, and the number stands beside it.

/// How many colours there are.
pub(crate) const COLOURS: usize = 7;

/// How many series a picture tells apart; what comes after these is drawn together.
pub(crate) const MAX_SERIES: usize = 12;

/// The classes of the nth series. After the last colour they begin again, lighter.
pub(crate) fn series(n: usize) -> String {
    let colour = n % COLOURS;
    if (n / COLOURS) % 2 == 1 {
        format!("c{colour} half")
    } else {
        format!("c{colour}")
    }
}

/// The class of what is left over.
pub(crate) const OTHERS: &str = "cx";
