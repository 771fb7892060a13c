//! The forms of the GELU (Hendrycks and Gimpel 2016) that published networks use.

use burn::tensor::Tensor;
use burn::tensor::activation::{gelu_approximate, sigmoid};
use serde::{Deserialize, Serialize};

use crate::cost::{MetaTensor, Tracer};
use crate::linear::Linear;

/// Slope of the sigmoid in [`Gelu::Quick`].
const QUICK: f64 = 1.702;

/// A form of the GELU.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gelu {
    /// The exact one, `x (1 + erf(x / sqrt(2))) / 2`.
    #[default]
    Erf,
    /// `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`.
    Tanh,
    /// `x sigmoid(1.702 x)`: the first CLIP's.
    Quick,
}

impl Gelu {
    /// This form of what `linear` makes of `x`.
    ///
    /// # Shapes
    /// `[.., inputs] -> [.., outputs]`
    pub fn after<const D: usize>(self, linear: &Linear, x: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Erf => linear.forward_gelu(x),
            Self::Tanh => gelu_approximate(linear.forward(x)),
            Self::Quick => {
                let y = linear.forward(x);
                sigmoid(y.clone() * QUICK) * y
            }
        }
    }

    /// Cost of [`Self::after`].
    pub fn cost_after(self, tracer: &Tracer, linear: &Linear, x: MetaTensor) -> MetaTensor {
        match self {
            Self::Erf => linear.cost_gelu(tracer, x),
            Self::Quick => {
                let y = linear.cost(tracer, x);
                let sigmoid = tracer.squashed(tracer.scaled(y.clone()));
                tracer.times(sigmoid, y)
            }
            Self::Tanh => {
                let y = linear.cost(tracer, x);
                // The inner function keeps what comes out of it.
                let inner = tracer.activated(tracer.each_value(y.clone()));
                tracer.times(tracer.scaled(inner), y)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::linear::LinearConfig;
    use crate::params::{Init, ParamLoader, ParamSource, values_of};
    use hummingbird_formats::FileError;

    /// A layer that changes nothing.
    struct Identity;

    impl ParamSource for Identity {
        fn values(&self, _name: &str, shape: &[usize], _init: Init) -> Result<Vec<f32>, FileError> {
            let [rows, columns] = *shape else { return Ok(vec![0.0; shape.iter().product()]) };
            Ok((0..rows * columns).map(|index| f32::from(index / columns == index % columns)).collect())
        }
    }

    /// Values of the three forms at -3, -0.5, 0, 1 and 4, in f64 by their definitions (`erf` of a table).
    const EXPECTED: [(Gelu, [f64; 5]); 3] = [
        (Gelu::Erf, [-0.004_049_694, -0.154_268_769, 0.0, 0.841_344_746, 3.999_873_315]),
        (Gelu::Tanh, [-0.003_637_392, -0.154_285_990, 0.0, 0.841_191_991, 3.999_929_754]),
        (Gelu::Quick, [-0.018_071_310, -0.149_611_563, 0.0, 0.845_795_766, 3.995_585_276]),
    ];

    #[test]
    fn each_form_has_its_values() {
        let device = Device::flex();
        let loader = ParamLoader::new(&Identity, &device);
        let linear = LinearConfig::new(5, 5).init(&loader.path("linear")).expect("the source has every name");
        for (gelu, expected) in EXPECTED {
            let x = Tensor::<2>::from_data(TensorData::new(vec![-3.0_f32, -0.5, 0.0, 1.0, 4.0], [1, 5]), &device);
            let found = values_of(gelu.after(&linear, x).into_data());
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((f64::from(found) - expected).abs() < 1e-6, "{gelu:?}: {found} instead of {expected}");
            }
        }
    }

    #[test]
    fn forms_have_names_in_settings() {
        let names =
            [Gelu::Erf, Gelu::Tanh, Gelu::Quick].map(|gelu| serde_json::to_string(&gelu).expect("it is a name"));
        assert_eq!(names, ["\"erf\"", "\"tanh\"", "\"quick\""]);
    }
}
