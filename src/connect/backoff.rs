//! How long to wait before a call to S3 is repeated.

use std::time::Duration;

/// The connector's longest pause: a day.
const PAUSE_MS_MAX: u64 = 24 * 60 * 60 * 1000;

/// The pause after the attempt of this number (from 1): any time up to the first pause
/// (`s3.retry.backoff.ms`), doubled with every attempt ("exponential with full jitter"), so that
/// many clients that failed together do not come back together.
pub(super) fn pause(first_ms: u64, attempt: u32) -> Duration {
    let most = longest_ms(first_ms, attempt);
    // Without randomness the longest pause is as good as any.
    let random = getrandom::u64().unwrap_or(u64::MAX);
    let part = u128::from(most) * u128::from(random) / u128::from(u64::MAX);
    Duration::from_millis(u64::try_from(part).unwrap_or(most))
}

fn longest_ms(first_ms: u64, attempt: u32) -> u64 {
    let doubled =
        first_ms.saturating_mul(1u64.checked_shl(attempt.saturating_sub(1)).unwrap_or(u64::MAX));
    doubled.min(PAUSE_MS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_pause_doubles_up_to_a_day() {
        let longest: Vec<u64> =
            [1, 2, 3, 20, 64, 65, u32::MAX].map(|it| longest_ms(200, it)).into();
        assert_eq!(longest[..3], [200, 400, 800]);
        assert!(longest[3..].iter().all(|&pause| pause == PAUSE_MS_MAX));
        assert_eq!(longest_ms(0, 9), 0);
    }

    #[test]
    fn pauses_differ_and_stay_below_the_longest() {
        let pauses: Vec<Duration> = (0..50).map(|_| pause(1000, 3)).collect();
        assert!(pauses.iter().all(|pause| *pause <= Duration::from_secs(4)));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
