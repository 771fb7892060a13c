//! Folders that tests make: what is found in them, and what is not.

use std::fs;
use std::path::{Path, PathBuf};

use hummingbird_base::Folders;
use hummingbird_base::kept;
use tempfile::TempDir;

use super::*;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn file(path: &Path) {
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("writable");
    fs::write(path, "weights").expect("writable");
}

fn names(searched: &Searched) -> Vec<String> {
    searched.files.iter().map(|file| file.name.replace('\\', "/")).collect()
}

#[test]
fn weights_are_found_in_folders_of_folders_and_notes_are_not() {
    let root = folder();
    for name in ["b.safetensors", "deep/er/a.CKPT", "deep/c.pth", ".cache/d.pt", "notes.txt", "x.safetensors.part"] {
        file(&root.path().join(name));
    }
    let searched = search(root.path());
    assert_eq!(names(&searched), ["b.safetensors", "deep/c.pth", "deep/er/a.CKPT"]);
    assert_eq!((searched.state, searched.is_cut, searched.program), (FolderState::Here, false, None));
    assert!(searched.files.iter().all(|file| file.bytes == 7 && !file.is_folder));
}

#[test]
fn a_folder_of_diffusers_is_one_model() {
    let root = folder();
    file(&root.path().join("vc2/model_index.json"));
    file(&root.path().join("vc2/unet/diffusion_pytorch_model.safetensors"));
    file(&root.path().join("vc2/vae/diffusion_pytorch_model.safetensors"));
    let searched = search(root.path());
    assert_eq!(names(&searched), ["vc2"]);
    assert!(searched.files[0].is_folder && searched.files[0].bytes == 14, "{searched:?}");
    assert_eq!(names(&search(&root.path().join("vc2"))), ["vc2"], "also where it was named itself");
}

#[test]
fn a_search_ends_at_its_bounds() {
    let root = folder();
    for number in 0..30 {
        file(&root.path().join(format!("{number}.safetensors")));
    }
    file(&root.path().join("1/2/3/deep.safetensors"));
    let bounds = SearchBounds { depth: 2, entries: 1000, files: 100 };
    let searched = search_within(root.path(), bounds);
    assert_eq!((searched.files.len(), searched.is_cut), (30, true), "what is deeper is told");
    let few = search_within(root.path(), SearchBounds { files: 10, ..bounds });
    assert_eq!((few.files.len(), few.is_cut), (10, true));
    let short = search_within(root.path(), SearchBounds { entries: 5, ..bounds });
    assert!(short.files.len() <= 5 && short.is_cut);
}

#[cfg(unix)]
#[test]
fn links_that_lead_back_do_no_harm_and_list_nothing_twice() {
    use std::os::unix::fs::symlink;
    let (root, elsewhere) = (folder(), folder());
    file(&root.path().join("a/m.safetensors"));
    file(&elsewhere.path().join("far.safetensors"));
    symlink(root.path(), root.path().join("a/round")).expect("links can be made");
    symlink("loop", root.path().join("loop")).expect("links can be made");
    symlink(root.path().join("a/m.safetensors"), root.path().join("again.safetensors")).expect("links can be made");
    symlink(root.path().join("nothing.safetensors"), root.path().join("dead.safetensors")).expect("links can be made");
    symlink(elsewhere.path(), root.path().join("far")).expect("links can be made");
    let searched = search(root.path());
    assert_eq!(searched.files.len(), 2, "{searched:?}");
    assert!(!searched.is_cut && names(&searched).contains(&"far/far.safetensors".to_owned()));
}

#[test]
fn a_folder_that_is_gone_is_told_and_stays_on_the_list() {
    let root = folder();
    let gone = root.path().join("usb");
    assert_eq!(search(&gone).state, FolderState::Gone);
    file(&root.path().join("usb2"));
    assert_eq!(search(&root.path().join("usb2")).state, FolderState::Gone, "a file is no folder");
    let folders = Folders::at(root.path().join("home"));
    let mut kept_folders = ModelFolders::default();
    assert!(kept_folders.add(gone.clone()) && !kept_folders.add(gone.clone()));
    let parts = PartFiles { text_encoder: Some("/t.safetensors".into()), autoencoder: None };
    kept_folders.set_parts(Path::new("/u.safetensors"), parts.clone());
    kept::write(&ModelFolders::file(&folders), &kept_folders).expect("writable");
    let (mut read, damage) = ModelFolders::load(&folders);
    assert_eq!((&read, damage.is_none()), (&kept_folders, true));
    assert_eq!(read.parts(Path::new("/u.safetensors")), parts);
    assert!(read.remove(&gone) && read.folders.is_empty() && !read.remove(&gone));
    fs::write(ModelFolders::file(&folders), "{\"folders\": [\"/a\"], \"refu").expect("writable");
    let (read, damage) = ModelFolders::load(&folders);
    assert!(damage.is_some() && read.folders == [PathBuf::from("/a")], "{read:?}");
}

#[test]
fn the_variable_names_folders_as_the_search_path_does() {
    let joined = std::env::join_paths(["/one", "", "/two"]).expect("no path has the separator");
    let named = named_in(Some(&joined));
    assert!(named.len() == 2 && named[0].ends_with("one") && named.iter().all(|it| it.is_absolute()), "{named:?}");
    assert_eq!(named_in(None), Vec::<PathBuf>::new());
}

#[test]
fn programs_are_found_by_their_folders_and_searched_where_they_keep_models() {
    let home = folder();
    let at = |name: &str| home.path().join(name);
    file(&at("ComfyUI/models/checkpoints/vc2.ckpt"));
    file(&at("ComfyUI/models/text_encoders/sub/t.safetensors"));
    file(&at("ComfyUI/models/controlnet/c.safetensors"));
    file(&at("ComfyUI/output/o.safetensors"));
    file(&at("StabilityMatrix/Data/Models/StableDiffusion/s.safetensors"));
    file(&at("StabilityMatrix/Data/Models/Lora/l.safetensors"));
    file(&at("stable-diffusion-webui/models/Stable-diffusion/w.safetensors"));
    file(&at("stable-diffusion-webui/models/VAE/v.pt"));
    file(&at("forge/models/other.safetensors"));
    let found = find_programs(&[home.path().to_owned()]);
    let programs: Vec<_> = found.iter().map(|it| (it.program, it.root.clone())).collect();
    assert_eq!(
        programs,
        [
            (Program::ComfyUi, at("ComfyUI")),
            (Program::StabilityMatrix, at("StabilityMatrix")),
            (Program::WebUi, at("stable-diffusion-webui")),
        ]
    );
    let searched = search(&at("ComfyUI"));
    assert_eq!(searched.program, Some(Program::ComfyUi));
    assert_eq!(names(&searched), ["models/checkpoints/vc2.ckpt", "models/text_encoders/sub/t.safetensors"]);
    assert_eq!(search(&at("StabilityMatrix")).files.len(), 2);
    assert_eq!(search(&at("stable-diffusion-webui")).files.len(), 2);
    // What is on the list or refused is offered no more.
    let mut folders = ModelFolders::default();
    folders.add(at("ComfyUI"));
    folders.refuse(at("StabilityMatrix"));
    assert_eq!(folders.offers(found).len(), 1);
    assert_eq!(folders.find("vc2.ckpt"), Some(at("ComfyUI/models/checkpoints/vc2.ckpt")));
    assert_eq!(folders.find("t"), Some(at("ComfyUI/models/text_encoders/sub/t.safetensors")));
    assert_eq!(folders.find("o"), None);
}

const EXTRA: &str = "
#Rename this to extra_model_paths.yaml
a111:
    base_path: 'webui dir/'   # here
    checkpoints: models/Stable-diffusion
    configs: models/configs
    loras: |
         models/Lora
         models/LyCORIS
comfyui:
     is_default: true
     vae: \"/vaes\"
     clip:
       - clip one
other:
    checkpoints: more#1
";

#[test]
fn more_folders_of_comfyui_are_read_from_its_file() {
    let root = Path::new("/comfy");
    let found = extra_paths::folders(EXTRA, root);
    let wanted = [
        "/comfy/webui dir/models/Stable-diffusion",
        "/comfy/webui dir/models/Lora",
        "/comfy/webui dir/models/LyCORIS",
        "/vaes",
        "/comfy/clip one",
        "/comfy/more#1",
    ];
    assert_eq!(found, wanted.map(PathBuf::from));
    // Through a ComfyUI that is there.
    let home = folder();
    let comfy = home.path().join("ComfyUI");
    file(&comfy.join("models/checkpoints/a.ckpt"));
    file(&comfy.join("models/vae/v.safetensors"));
    file(&home.path().join("shared/loras/l.safetensors"));
    fs::write(comfy.join("extra_model_paths.yaml"), "mine:\n  base_path: ../shared\n  loras: loras\n  unet: none\n")
        .expect("writable");
    let searched = search(&comfy);
    assert_eq!(searched.files.len(), 3, "{searched:?}");
}

#[test]
fn no_text_does_harm_as_a_list_of_folders() {
    let long = "x:\n".to_owned() + &"  checkpoints: a\n".repeat(10_000);
    assert!(extra_paths::folders(&long, Path::new("/c")).len() <= 64);
    for text in
        ["", ":", "a", "  a: b", "a:\n\tvae: x", "a:\n b\n  c: d", "a:\n vae: \"", "\u{fffd}:\n é: ü", "- - -\n  - x"]
    {
        extra_paths::folders(text, Path::new("/c"));
    }
    // Cut anywhere.
    for end in 0..EXTRA.len() {
        extra_paths::folders(&EXTRA[..end], Path::new("/c"));
    }
    let home = folder();
    let comfy = home.path().join("ComfyUI");
    file(&comfy.join("models/checkpoints/a.ckpt"));
    fs::create_dir_all(comfy.join("models/vae")).expect("writable");
    fs::write(comfy.join("extra_model_paths.yaml"), "x".repeat(1 << 20)).expect("writable");
    assert_eq!(search(&comfy).files.len(), 1, "a file that is too large is passed over");
}
