package scenario

import (
	"context"
	"errors"
	"fmt"
)

// Outcome is what came of a story.
type Outcome struct {
	// Trace tells what happened, for people.
	Trace []string
	// Log is everything the product logged.
	Log string
}

// Run lives a story. dir is an empty folder for the database. The error names file and line, what was wanted and what was found.
func Run(ctx context.Context, story Story, dir string) (outcome Outcome, err error) {
	w := newWorld(ctx, dir)
	defer func() {
		err = errors.Join(err, w.stop())
		outcome.Trace, outcome.Log = w.trace, w.log.String()
	}()
	in := newInterpreter()
	for _, l := range story.lines {
		w.say("%s", l.text)
		if err := in.live(w, l); err != nil {
			return outcome, fmt.Errorf("%s:%d: %s: %w", story.path, l.number, l.text, err)
		}
		w.note()
	}
	if err := w.always(); err != nil {
		return outcome, fmt.Errorf("%s: at its end: %w", story.path, err)
	}
	return outcome, nil
}
