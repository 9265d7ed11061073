package web_test

import (
	"slices"
	"strings"
	"testing"

	"raynetsync/internal/config"
	"raynetsync/internal/locale"
)

// Every setting says in both languages what it is and what follows from it, and so does each alternative.
func TestEverySettingIsExplained(t *testing.T) {
	t.Parallel()
	keys := slices.Concat(config.Keys(), config.UserKeys())
	if len(keys) < 50 {
		t.Fatalf("%d settings, want at least 50", len(keys))
	}
	for _, lang := range []string{locale.Czech, locale.English} {
		texts := locale.New(lang)
		for _, key := range keys {
			name := "setting." + key.Path()
			if !texts.Has(name) || !texts.Has(name+".consequence") {
				t.Errorf("%s: %s has no name or no consequence", lang, name)
			}
			if texts.Has(name) && strings.HasSuffix(texts.T(name, nil), ".") {
				t.Errorf("%s: the name %s ends with a full stop", lang, name)
			}
			for _, value := range key.Allowed {
				if !texts.Has("choice."+key.Path()+"."+value) && !texts.Has("choice."+value) && !texts.Has("kind."+value) {
					t.Errorf("%s: the alternative %s of %s has no text", lang, value, key.Path())
				}
			}
			if key.Section == "sync" || key.Section == "user" {
				continue
			}
			if group := "settings.group-" + key.Section; !texts.Has(group) || !texts.Has("settings.about-"+key.Section) {
				t.Errorf("%s: the group %s has no title or no explanation", lang, key.Section)
			}
		}
	}
}
