package cli

import (
	"fmt"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/config"
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
		problem, repair := admin.MistakeWords(s.texts, one)
		to.Wrapped(4, "", problem)
		to.Wrapped(4, "", "→ "+repair)
	}
}
