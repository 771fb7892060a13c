; The installer for Windows: for one user, without any rights. Made by installers/windows/build, which gives
;   SOURCE   folder with the programs        VERSION  of the program
;   NOTICES  folder with licences            OUT      the installer
Unicode true
ManifestDPIAware true
RequestExecutionLevel user
SetCompressor /SOLID lzma

!include "MUI2.nsh"
!include "FileFunc.nsh"

!define NAME "Hummingbird"
!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"
!define CLASS "Hummingbird.File"

Name "${NAME}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "Software\${NAME}" "Folder"
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "FileDescription" "${NAME}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "The Hummingbird contributors"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\hummingbird-window.exe"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"
!insertmacro MUI_LANGUAGE "Spanish"
!insertmacro MUI_LANGUAGE "Japanese"
!insertmacro MUI_LANGUAGE "SimpChinese"

LangString ASK_DATA ${LANG_ENGLISH} "Delete settings, models and the index of the library too? Finished clips stay where they are."
LangString ASK_DATA ${LANG_GERMAN} "Auch Einstellungen, Modelle und das Verzeichnis der Bibliothek löschen? Fertige Clips bleiben, wo sie sind."
LangString ASK_DATA ${LANG_SPANISH} "¿Borrar también los ajustes, los modelos y el índice de la biblioteca? Los clips terminados se quedan donde están."
LangString ASK_DATA ${LANG_JAPANESE} "設定、モデル、ライブラリの索引も削除しますか？完成したクリップはそのまま残ります。"
LangString ASK_DATA ${LANG_SIMPCHINESE} "是否同时删除设置、模型和片段库索引？已完成的片段会保留在原处。"

; Offers the program for files that end so; which program opens them stays the user's choice.
!macro Offer EXTENSION
    WriteRegStr HKCU "Software\Classes\${EXTENSION}\OpenWithProgids" "${CLASS}" ""
    WriteRegStr HKCU "Software\Classes\Applications\hummingbird-window.exe\SupportedTypes" "${EXTENSION}" ""
!macroend
!macro Withdraw EXTENSION
    DeleteRegValue HKCU "Software\Classes\${EXTENSION}\OpenWithProgids" "${CLASS}"
!macroend
!macro ForAll DO
    !insertmacro ${DO} ".safetensors"
    !insertmacro ${DO} ".mp4"
    !insertmacro ${DO} ".webm"
    !insertmacro ${DO} ".gif"
    !insertmacro ${DO} ".webp"
    !insertmacro ${DO} ".apng"
!macroend

Section
    SetOutPath "$INSTDIR"
    ; A program that runs cannot be replaced.
    ClearErrors
    FileOpen $0 "$INSTDIR\hummingbird.exe" a
    ${If} ${Errors}
    ${AndIf} ${FileExists} "$INSTDIR\hummingbird.exe"
        MessageBox MB_ICONSTOP "${NAME} is open: close it and try again." /SD IDOK
        Abort
    ${EndIf}
    FileClose $0
    File "${SOURCE}\hummingbird.exe"
    File "${SOURCE}\hummingbird-window.exe"
    File "${NOTICES}\*.*"
    WriteUninstaller "$INSTDIR\uninstall.exe"
    CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\hummingbird-window.exe"

    WriteRegStr HKCU "Software\${NAME}" "Folder" "$INSTDIR"
    ; What is typed into "Run" and found by other programs; a terminal needs the folder in its path.
    WriteRegStr HKCU "Software\Microsoft\Windows\CurrentVersion\App Paths\hummingbird.exe" "" "$INSTDIR\hummingbird.exe"
    WriteRegStr HKCU "Software\Classes\${CLASS}" "" "${NAME}"
    WriteRegStr HKCU "Software\Classes\${CLASS}\DefaultIcon" "" "$INSTDIR\hummingbird-window.exe,0"
    WriteRegStr HKCU "Software\Classes\${CLASS}\shell\open\command" "" '"$INSTDIR\hummingbird-window.exe" "%1"'
    WriteRegStr HKCU "Software\Classes\Applications\hummingbird-window.exe\shell\open\command" "" '"$INSTDIR\hummingbird-window.exe" "%1"'
    WriteRegStr HKCU "Software\Classes\Applications\hummingbird-window.exe" "FriendlyAppName" "${NAME}"
    !insertmacro ForAll Offer

    WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "${NAME}"
    WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\hummingbird-window.exe"
    WriteRegStr HKCU "${UNINSTALL}" "Publisher" "The Hummingbird contributors"
    WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
    WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
    ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
    WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" $0
SectionEnd

Section "Uninstall"
    ; Only what was installed goes: the folder may be the user's, or hold a folder "portable" with all that the program keeps.
    Delete "$INSTDIR\hummingbird.exe"
    Delete "$INSTDIR\hummingbird-window.exe"
    Delete "$INSTDIR\README.md"
    Delete "$INSTDIR\CHANGELOG.md"
    Delete "$INSTDIR\LICENSE-MIT"
    Delete "$INSTDIR\LICENSE-APACHE"
    Delete "$INSTDIR\NOTICES.txt"
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
    Delete "$SMPROGRAMS\${NAME}.lnk"
    !insertmacro ForAll Withdraw
    DeleteRegKey HKCU "Software\Classes\${CLASS}"
    DeleteRegKey HKCU "Software\Classes\Applications\hummingbird-window.exe"
    DeleteRegKey HKCU "Software\Microsoft\Windows\CurrentVersion\App Paths\hummingbird.exe"
    DeleteRegKey HKCU "Software\${NAME}"
    DeleteRegKey HKCU "${UNINSTALL}"

    ; Without anybody to ask, data stays.
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$(ASK_DATA)" /SD IDNO IDNO keep
    RMDir /r "$APPDATA\${NAME}"
    RMDir /r "$LOCALAPPDATA\${NAME}"
keep:
SectionEnd
