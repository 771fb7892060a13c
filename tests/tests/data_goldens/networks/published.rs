//! The networks ask for exactly the tensors of the published files.

use hummingbird_engine::error::FileError;
use hummingbird_engine::judges::config::ViClipConfig;
use hummingbird_engine::judges::{
    Aesthetics, ClipPictures, ClipTexts, Dino, DinoConfig, Musiq, MusiqConfig, OpenAiClipConfig, Umt, UmtConfig, ViClip,
};
use hummingbird_engine::nn::params::{ParamLoader, ParamPath, name_hash};

/// Number of tensors, number of values, and the hash of the sorted names with their shapes.
type Listing = (usize, usize, u64);

fn listing<T>(build: impl FnOnce(&ParamPath<'_>) -> Result<T, FileError>) -> Listing {
    let loader = ParamLoader::names_only();
    build(&loader.path("")).expect("nothing is loaded");
    let registry = loader.into_registry();
    let params = registry.params();
    let lines: Vec<String> = params.iter().map(|param| format!("{} {:?}", param.name, param.shape)).collect();
    let values = params.iter().map(|param| param.shape.iter().product::<usize>()).sum();
    (params.len(), values, name_hash(&lines.join("\n")))
}

/// What the files list, by programs that read them: `temp` of ViCLIP and the sizes that CLIP's archive holds are not asked for.
#[test]
fn names_and_shapes_are_those_of_the_files() {
    assert_eq!(listing(|root| Dino::init(&DinoConfig::vit_b_16(), root)), (150, 85_798_656, 0x199e_5019_c0f1_229a));
    let (small, large) = (OpenAiClipConfig::vit_b_32(), OpenAiClipConfig::vit_l_14());
    assert_eq!(listing(|root| ClipPictures::init(&small, root)), (152, 87_849_216, 0x1218_77ee_0ce4_a1fb));
    assert_eq!(listing(|root| ClipTexts::init(&small, root)), (150, 63_428_097, 0xd4bc_7b60_7028_1991));
    assert_eq!(listing(|root| ClipPictures::init(&large, root)), (296, 303_966_208, 0x5764_af19_6f46_3115));
    assert_eq!(listing(|root| ClipTexts::init(&large, root)), (150, 123_650_305, 0x3352_860f_3206_de09));
    assert_eq!(listing(|root| Aesthetics::init(768, root)), (2, 769, 0xc990_276d_b4b0_eaef));
    assert_eq!(listing(|root| Musiq::init(&MusiqConfig::spaq(), root)), (248, 27_125_825, 0x59a9_085f_3d95_3bd3));
    assert_eq!(
        listing(|root| ViClip::init(&ViClipConfig::vit_l_14(), root)),
        (446, 427_590_144, 0xbd47_2f0d_dbda_3c45)
    );
    assert_eq!(listing(|root| Umt::init(&UmtConfig::vit_l_16(), root)), (319, 306_695_568, 0x5f34_836f_9afb_9d34));
}

#[test]
fn published_sizes_are_possible_and_others_are_named() {
    DinoConfig::vit_b_16().check().expect("it was published");
    OpenAiClipConfig::vit_b_32().check().expect("it was published");
    OpenAiClipConfig::vit_l_14().check().expect("it was published");
    MusiqConfig::spaq().check().expect("it was published");
    UmtConfig::vit_l_16().check().expect("it was published");
    let umt = |change: fn(&mut UmtConfig)| {
        let mut config = UmtConfig::vit_l_16();
        change(&mut config);
        config.check().expect_err("it cannot be").to_string()
    };
    assert!(umt(|it| it.tubelet = 2).contains("tubelet"));
    assert!(umt(|it| it.eps = f64::NAN).contains("eps"));
    assert!(umt(|it| it.mean_pooling = false).contains("mean_pooling"));
    let musiq = |change: fn(&mut MusiqConfig)| {
        let mut config = MusiqConfig::spaq();
        change(&mut config);
        config.check().expect_err("it cannot be").to_string()
    };
    assert!(musiq(|it| it.patch = 30).contains("patch"));
    assert!(musiq(|it| it.longer_sides = [384, 224]).contains("longer_sides"));
    let odd = OpenAiClipConfig { vision_width: 100, ..OpenAiClipConfig::vit_b_32() };
    assert!(odd.check().expect_err("it cannot be").to_string().contains("vision_width"));
}
