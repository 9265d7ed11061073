package cli

import (
	"context"
	"strings"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
)

// explainCommand says in which state a record is, and why.
type explainCommand struct {
	Ref string `arg:"" help:"${help_ref}"`
}

// Run is called by the parser.
func (c *explainCommand) Run(ctx context.Context, s *session) error {
	return s.connect(ctx, func(connection Connection) error {
		found, err := connection.Explain(ctx, c.Ref)
		if err != nil {
			return err
		}
		if s.grammar.JSON {
			return s.json(map[string]any{"explanations": found})
		}
		for i, one := range found {
			if i > 0 {
				s.screen.Blank()
			}
			s.showExplanation(one)
		}
		return nil
	})
}

// showExplanation is a short paragraph: what it is, its one state, why, since when, what would change it.
func (s *session) showExplanation(e admin.Explanation) {
	zone := s.zoneOf(e.User)
	head := []string{screen.Title(e.Ref)}
	if e.User != "" {
		head = append(head, screen.Dim("·"), e.User)
	}
	s.screen.Line(head...)
	if e.Title != "" || e.When != "" {
		s.screen.Wrapped(2, "", together(e.Title, s.when(e.When)))
	}
	for _, other := range []string{e.Raynet, e.Outlook} {
		if other != "" && other != e.Ref {
			s.screen.Wrapped(2, "", screen.Dim("⇄ "+other))
		}
	}
	state := capital(s.t("state."+e.State, nil))
	if !e.Since.IsZero() {
		state += " " + s.t("cli.explain.since", map[string]any{"Time": s.texts.Time(e.Since, zone)})
	}
	s.screen.Wrapped(2, "", screen.Bold(state)+".")
	if e.Reason != "" {
		groups := []string{"reason.", "rule."}
		if e.State == admin.StateAside {
			groups = []string{"rule.", "reason."}
		}
		s.screen.Wrapped(2, "", s.either(e.Reason, groups...))
	}
	if e.Detail != "" {
		s.screen.Wrapped(2, "", screen.Dim(e.Detail))
	}
	if e.Stopped != "" {
		s.screen.Wrapped(2, "", screen.Warn(s.t("cli.explain.stopped", map[string]any{"State": s.t("pair."+string(e.Stopped), nil)})))
	}
	if e.Change != "" && s.texts.Has(e.Change) {
		s.screen.Wrapped(4, "  →", s.t(e.Change, nil))
	}
	if !e.Retry.IsZero() {
		s.screen.Wrapped(2, "", screen.Dim(s.t("cli.explain.retry", map[string]any{"Time": s.texts.Time(e.Retry, zone)})))
	}
	if len(e.Journal) > 0 {
		s.screen.Line(" ", s.t("cli.explain.journal", nil))
	}
	for _, entry := range e.Journal {
		s.showEntry(entry, 4, false)
	}
}

// together joins what there is of a title and a time.
func together(title, when string) string {
	switch {
	case title == "":
		return when
	case when == "":
		return screen.Bold(title)
	}
	return screen.Bold(title) + screen.Dim(" · "+when)
}

func capital(text string) string {
	runes := []rune(text)
	if len(runes) == 0 {
		return text
	}
	return strings.ToUpper(string(runes[:1])) + string(runes[1:])
}
