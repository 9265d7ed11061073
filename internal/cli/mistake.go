package cli

import (
	"fmt"

	"raynetsync/internal/cli/screen"
	"raynetsync/internal/config"
	"raynetsync/internal/locale"
)

// showMistakes tells what is wrong with the settings: file and line, key, what is wrong, what would be right.
func (s *session) showMistakes(to *screen.Screen, mistakes config.Errors) {
	to.Line(screen.Bad(s.texts.N("cli.mistake.count", len(mistakes), nil)))
	for _, one := range mistakes {
		to.Blank()
		place := one.File
		if one.Line > 0 {
			place = fmt.Sprintf("%s:%d:%d", one.File, one.Line, one.Column)
		}
		to.Line(" ", screen.Dim(place), screen.Bold(one.Key))
		problem, repair := s.mistake(one)
		to.Wrapped(4, "", problem)
		to.Wrapped(4, "", "→ "+repair)
	}
}

// mistake puts one mistake into words. English has those of whoever found it, which say more.
func (s *session) mistake(one *config.Error) (problem, repair string) {
	key := "cli.mistake." + string(one.Code)
	if s.texts.Lang() == locale.English || !s.texts.Has(key) {
		return one.Problem, one.Repair
	}
	values := map[string]any{"variable": "", "nearest": "", "path": "", "reason": ""}
	for name, value := range one.Args {
		values[name] = value
	}
	return s.t(key, values), s.t(key+".repair", values)
}
