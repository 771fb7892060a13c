//! From the means of score maps to scores.

/// Mean and deviation of technical raw scores, by which the reference makes both kinds comparable.
const TECHNICAL: [f64; 2] = [0.1107, 0.073_55];
/// The same of aesthetic raw scores.
const AESTHETIC: [f64; 2] = [-0.082_85, 0.037_74];
/// Share of the technical score in the overall one.
const TECHNICAL_SHARE: f64 = 0.6104;
/// Share of the aesthetic score in the overall one.
const AESTHETIC_SHARE: f64 = 0.3896;
/// The best score.
const BEST: f64 = 100.0;

/// One number of each kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Triple {
    /// Of what makes a clip hard to see: noise, blur, blocks, shaking.
    pub technical: f64,
    /// Of what makes it pleasing.
    pub aesthetic: f64,
    /// Of both.
    pub overall: f64,
}

/// Scores of a clip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// 0 to 100.
    pub technical: f64,
    /// 0 to 100.
    pub aesthetic: f64,
    /// 0 to 100.
    pub overall: f64,
    /// What the logistic function made the scores of: how many deviations from the mean of the clips that the reference was tuned on.
    pub z: Triple,
}

impl Scores {
    /// From the mean of each score map.
    pub fn of_raw(technical: f64, aesthetic: f64) -> Self {
        let z = |raw: f64, [mean, deviation]: [f64; 2]| (raw - mean) / deviation;
        let (technical, aesthetic) = (z(technical, TECHNICAL), z(aesthetic, AESTHETIC));
        let overall = TECHNICAL_SHARE * technical + AESTHETIC_SHARE * aesthetic;
        let score = |z: f64| BEST / (1.0 + (-z).exp());
        Self {
            technical: score(technical),
            aesthetic: score(aesthetic),
            overall: score(overall),
            z: Triple { technical, aesthetic, overall },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The golden clip's, from its raw values by the reference's own formula.
    #[test]
    fn scores_are_the_references() {
        let scores = Scores::of_raw(0.580_817_580_223_083_5, 0.001_125_195_179_134_607_3);
        assert!((scores.z.technical - 6.391_809_384_406_301).abs() < 1e-6);
        assert!((scores.z.aesthetic - 2.225_097_883_739_481).abs() < 1e-6);
        assert!((scores.z.overall - 4.768_458_583_746_508).abs() < 1e-6);
        assert!((scores.technical - 99.832_757_934_011_46).abs() < 1e-6);
        assert!((scores.overall - 99.157_801_306_931_27).abs() < 1e-6);
        assert_eq!(Scores::of_raw(TECHNICAL[0], AESTHETIC[0]).overall, 50.0);
    }
}
