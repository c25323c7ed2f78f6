//! Clusters of volatility by one-dimensional k-means (I-16).

use std::collections::VecDeque;

use crate::numbers::floor;
use crate::transcendental::ln;

/// Most rounds of k-means.
const ROUNDS: usize = 30;

/// One row of [`vol_cluster`] after the other.
#[derive(Clone, Debug)]
pub struct VolCluster {
    window: usize,
    k: usize,
    log: bool,
    kept: VecDeque<f64>,
}

impl VolCluster {
    /// A window of at least 1 and at least one cluster.
    #[must_use]
    pub fn new(window: usize, k: usize, log: bool) -> Self {
        Self { window, k, log, kept: VecDeque::new() }
    }

    /// The cluster of `feature` among the last `window` rows.
    pub fn step(&mut self, feature: f64) -> f64 {
        let value = if self.log { logarithm(feature) } else { feature };
        if self.kept.len() == self.window {
            self.kept.pop_front();
        }
        self.kept.push_back(value);
        if self.kept.len() < self.window || !value.is_finite() {
            return f64::NAN;
        }
        let centres = cluster_centres(self.kept.make_contiguous(), self.k);
        nearest(&centres, value) as f64
    }
}

/// ln of a value > 0, NaN of any other.
#[must_use]
pub fn logarithm(feature: f64) -> f64 {
    if feature > 0.0 { ln(feature) } else { f64::NAN }
}

/// The centres of the finite values in rising order, as many as `k` or the distinct values (Q-I16).
#[must_use]
pub fn cluster_centres(values: &[f64], k: usize) -> Vec<f64> {
    let valid: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    let ordered = sorted(&valid);
    let distinct = ordered.windows(2).filter(|pair| pair[0] != pair[1]).count() + usize::from(!ordered.is_empty());
    let clusters = if distinct < k { distinct } else { k };
    let mut centres: Vec<f64> = (1..=clusters).map(|j| quantile(&ordered, j as f64 / (clusters + 1) as f64)).collect();
    for _ in 0..ROUNDS {
        let moved = move_centres(&valid, &centres);
        let is_still = is_settled(&centres, &moved);
        centres = moved;
        if is_still {
            break;
        }
    }
    sorted(&centres)
}

/// Finite values in rising order; equal ones keep theirs.
fn sorted(values: &[f64]) -> Vec<f64> {
    let mut ordered = values.to_vec();
    ordered.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    ordered
}

/// The quantile of sorted values, linear at (n − 1) · q (Q-I16).
fn quantile(ordered: &[f64], q: f64) -> f64 {
    let place = (ordered.len() - 1) as f64 * q;
    let below = floor(place) as usize;
    if below + 1 >= ordered.len() {
        return ordered[ordered.len() - 1];
    }
    ordered[below] + ((ordered[below + 1] - ordered[below]) * (place - below as f64))
}

/// The mean of the values nearest to each centre; a centre that is nobody's stays where it is.
fn move_centres(values: &[f64], centres: &[f64]) -> Vec<f64> {
    let mut totals = vec![(0.0, 0_usize); centres.len()];
    for &x in values {
        let (total, count) = &mut totals[nearest(centres, x)];
        *total += x;
        *count += 1;
    }
    let means = totals.into_iter().zip(centres);
    means.map(|((total, count), &centre)| if count > 0 { total / count as f64 } else { centre }).collect()
}

/// The index of the centre nearest to `x`, of several the lowest.
#[must_use]
pub fn nearest(centres: &[f64], x: f64) -> usize {
    let mut best = 0;
    for (index, centre) in centres.iter().enumerate() {
        if (x - centre).abs() < (x - centres[best]).abs() {
            best = index;
        }
    }
    best
}

/// Whether no centre moved by more than 1e-6 + 1e-4 of what it was.
fn is_settled(before: &[f64], after: &[f64]) -> bool {
    before.iter().zip(after).all(|(old, new)| (new - old).abs() <= (1e-6 + (1e-4 * old.abs())))
}

/// The cluster of each value among those of its window: 0 low, 1 mid, 2 high, 3 very high, 4 extreme.
#[must_use]
pub fn vol_cluster(features: &[f64], window: usize, k: usize, log: bool) -> Vec<f64> {
    let mut kernel = VolCluster::new(window, k, log);
    features.iter().map(|&feature| kernel.step(feature)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_to_their_nearest_centre() {
        // Q-I16: centres 1.25 and 9.5 at first, then 1.5 and 9.5.
        assert_eq!(cluster_centres(&[1.0, 2.0, 9.0, 10.0], 2), [1.5, 9.5]);
        let clusters = vol_cluster(&[1.0, 2.0, 9.0, 10.0, 1.5], 4, 2, false);
        assert!(clusters[..3].iter().all(|cluster| cluster.is_nan()));
        assert_eq!(clusters[3..], [1.0, 0.0]);
    }

    #[test]
    fn there_are_no_more_clusters_than_values() {
        assert_eq!(cluster_centres(&[3.0, 3.0, f64::NAN, 3.0], 3), [3.0]);
        assert_eq!(vol_cluster(&[3.0, 3.0], 2, 3, true)[1], 0.0);
        assert!(vol_cluster(&[1.0, 0.0], 1, 3, true)[1].is_nan());
    }

    #[test]
    fn of_two_centres_as_near_the_lower_counts() {
        assert_eq!(nearest(&[1.0, 3.0], 2.0), 0);
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
    }
}
