//! Names of months, days and halves of a day in some forty languages.

/// The names of one language, as the JDK prints them.
#[derive(Debug, Clone, Copy)]
pub struct LocaleNames {
    line: &'static str,
}

/// language|short months|months|short days from Sunday|days|halves of the day|eras
static TABLE: &str = include_str!("locale_names.txt");

impl LocaleNames {
    /// The names for a value of the setting `locale`.
    ///
    /// The connector passes the whole text to Java as a *language*: `ko` is Korean, `zz` has
    /// no names of its own and prints short ones everywhere, and `ko_KR` cannot be a language
    /// at all and prints English names (on JDK 25; on JDK 17 it is like `zz`).
    #[must_use]
    pub fn for_setting(locale: &str) -> LocaleNames {
        let language = locale.to_lowercase();
        let find = |wanted: &str| TABLE.lines().find(|line| line.split('|').next() == Some(wanted));
        let well_formed = language.bytes().all(|byte| byte.is_ascii_lowercase());
        let fallback = if well_formed { "root" } else { "en" };
        let line = find(&language).or_else(|| find(fallback)).expect("the table has both");
        LocaleNames { line }
    }

    /// Whether the setting names a language of the table, so that its names are used.
    #[must_use]
    pub fn is_known(locale: &str) -> bool {
        let language = locale.to_lowercase();
        TABLE.lines().any(|line| line.split('|').next() == Some(language.as_str()))
    }

    fn name(self, column: usize, index: usize) -> &'static str {
        self.line.split('|').nth(column).and_then(|names| names.split(',').nth(index)).unwrap_or("")
    }

    /// Month 0 to 11, short.
    #[must_use]
    pub fn month_short(self, month0: u32) -> &'static str {
        self.name(1, month0 as usize)
    }

    /// Month 0 to 11, in full.
    #[must_use]
    pub fn month(self, month0: u32) -> &'static str {
        self.name(2, month0 as usize)
    }

    /// Day 0 (Sunday) to 6, short.
    #[must_use]
    pub fn day_short(self, day_from_sunday: u32) -> &'static str {
        self.name(3, day_from_sunday as usize)
    }

    /// Day 0 (Sunday) to 6, in full.
    #[must_use]
    pub fn day(self, day_from_sunday: u32) -> &'static str {
        self.name(4, day_from_sunday as usize)
    }

    /// AM or PM.
    #[must_use]
    pub fn half_day(self, is_afternoon: bool) -> &'static str {
        self.name(5, usize::from(is_afternoon))
    }

    /// BC or AD.
    #[must_use]
    pub fn era(self, is_common: bool) -> &'static str {
        self.name(6, usize::from(is_common))
    }
}
