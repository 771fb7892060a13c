//! The sizes of the networks in a file, read off its tensors.

use super::config::{
    BackboneConfig, ConvNextConfig, ConvNextVersion, DoverConfig, DoverUnfit, PUBLISHED_WINDOW, STAGES, SwinConfig,
};

/// Says the shape of a file's tensor.
type Shapes<'a> = &'a dyn Fn(&str) -> Option<Vec<usize>>;

/// Most blocks that are looked for.
const MOST_BLOCKS: usize = 64;

impl DoverConfig {
    /// The same with the networks of a file, which may be DOVER's, DOVER-Mobile's or others of that form; views stay as they are.
    /// No tensor shows the sides of a window: without one, it is that of the published model.
    ///
    /// # Errors
    /// A tensor that is missing or has another number of sides; sizes that cannot be.
    pub fn of_file(self, window: Option<[usize; 3]>, shapes: Shapes<'_>) -> Result<Self, DoverUnfit> {
        let window = window.unwrap_or(PUBLISHED_WINDOW);
        let network = |name: &str| -> Result<BackboneConfig, DoverUnfit> {
            if shapes(&format!("{name}.patch_embed.proj.weight")).is_some() {
                return swin(shapes, name, window).map(BackboneConfig::Swin);
            }
            convnext(shapes, name).map(BackboneConfig::ConvNext)
        };
        let config = Self {
            technical: network("technical_backbone")?,
            aesthetic: network("aesthetic_backbone")?,
            head_hidden: sides::<1>(shapes, "technical_head.fc_hid.bias")?[0],
            views: self.views,
        };
        config.check()?;
        Ok(config)
    }
}

fn convnext(shapes: Shapes<'_>, network: &str) -> Result<ConvNextConfig, DoverUnfit> {
    let mut config = ConvNextConfig { dims: [0; STAGES], depths: [0; STAGES], version: ConvNextVersion::Scaled };
    for stage in 0..STAGES {
        let block = |block: usize, name: &str| format!("{network}.stages.{stage}.{block}.{name}");
        config.dims[stage] = sides::<1>(shapes, &block(0, "norm.weight"))?[0];
        config.depths[stage] = blocks(|index| shapes(&block(index, "norm.weight")).is_some());
    }
    if shapes(&format!("{network}.stages.0.0.grn.gamma")).is_some() {
        config.version = ConvNextVersion::Normalised;
    }
    Ok(config)
}

fn swin(shapes: Shapes<'_>, network: &str, window: [usize; 3]) -> Result<SwinConfig, DoverUnfit> {
    let [embed_dim] = sides(shapes, &format!("{network}.patch_embed.norm.weight"))?;
    let (depths, heads, frag_biases) = ([0; STAGES], [0; STAGES], [false; STAGES]);
    let mut config = SwinConfig { embed_dim, depths, heads, window, frag_biases };
    for layer in 0..STAGES {
        let block = |block: usize, name: &str| format!("{network}.layers.{layer}.blocks.{block}.{name}");
        let [_, heads] = sides(shapes, &block(0, "attn.relative_position_bias_table"))?;
        config.heads[layer] = heads;
        config.depths[layer] = blocks(|index| shapes(&block(index, "norm1.weight")).is_some());
        config.frag_biases[layer] = shapes(&block(0, "attn.fragment_position_bias_table")).is_some();
    }
    Ok(config)
}

fn blocks(is_there: impl Fn(usize) -> bool) -> usize {
    (0..MOST_BLOCKS).take_while(|&index| is_there(index)).count()
}

fn sides<const D: usize>(shapes: Shapes<'_>, name: &str) -> Result<[usize; D], DoverUnfit> {
    let shape = shapes(name).ok_or_else(|| DoverUnfit::Lacks { name: name.to_owned() })?;
    <[usize; D]>::try_from(shape).map_err(|shape| DoverUnfit::Shape { name: name.to_owned(), shape })
}
