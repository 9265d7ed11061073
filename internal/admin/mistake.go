package admin

import (
	"raynetsync/internal/config"
	"raynetsync/internal/locale"
)

// MistakeWords puts one mistake in the settings into words. English has those of whoever found it, which say more.
func MistakeWords(texts *locale.Texts, one *config.Error) (problem, repair string) {
	key := "cli.mistake." + string(one.Code)
	if texts.Lang() == locale.English || !texts.Has(key) {
		return one.Problem, one.Repair
	}
	values := map[string]any{"variable": "", "nearest": "", "path": "", "reason": ""}
	for name, value := range one.Args {
		values[name] = value
	}
	return texts.T(key, values), texts.T(key+".repair", values)
}
