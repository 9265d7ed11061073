package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
)

// journalCommand shows who changed what, before and after.
type journalCommand struct {
	Ref    string        `placeholder:"REF" help:"${help_journal_ref}"`
	Run_   string        `name:"run" placeholder:"RUN" help:"${help_journal_run}"`
	User   string        `placeholder:"ADDRESS" help:"${help_journal_user}"`
	Since  time.Duration `placeholder:"TIME" help:"${help_journal_since}"`
	Before int64         `placeholder:"ENTRY" help:"${help_journal_before}"`
	Limit  int           `default:"50" placeholder:"N" help:"${help_journal_limit}"`
}

// Run is called by the parser.
func (c *journalCommand) Run(ctx context.Context, s *session) error {
	options := admin.JournalOptions{Ref: c.Ref, Run: c.Run_, User: c.User, Before: c.Before, Limit: c.Limit}
	if c.Since > 0 {
		options.Since = s.backends.Now().Add(-c.Since)
	}
	return s.connect(ctx, func(connection Connection) error {
		entries, err := connection.Journal(ctx, options)
		if err != nil {
			return err
		}
		if s.grammar.JSON {
			return s.json(map[string]any{"entries": entries})
		}
		if len(entries) == 0 {
			s.screen.Line(s.t("cli.journal.empty", nil))
		}
		for _, entry := range entries {
			s.showEntry(entry, 0, c.User == "")
		}
		return nil
	})
}

// showEntry is one line of the journal, with the values under it, and with the user's address where that is no matter of course.
// There is no title to show: the database holds none, only values that were replaced.
func (s *session) showEntry(entry admin.JournalEntry, indent int, withUser bool) {
	zone := s.zoneOf(entry.User)
	begin := strings.Repeat(" ", indent)
	lead := begin + screen.Dim(screen.PadLeft(fmt.Sprintf("#%d", entry.ID), 6)+"  "+s.texts.Time(entry.At, zone))
	words := []string{lead, s.t("event."+string(entry.Event), nil)}
	if withUser && entry.User != "" {
		words = append(words[:1], screen.Bold(entry.User), screen.Dim("·"), words[1])
	}
	if entry.Side != "" {
		words = append(words, screen.Dim("·"), s.t("side."+string(entry.Side), nil))
	}
	if entry.Author != "" {
		words = append(words, screen.Dim("·"), s.t("cli.journal.author", map[string]any{"Author": entry.Author}))
	}
	ref := entry.Raynet
	if ref == "" {
		ref = entry.Outlook
	}
	words = append(words, screen.Dim("·"), ref)
	s.screen.Wrapped(indent+8, strings.TrimRight(words[0], " "), strings.Join(words[1:], " "))
	for _, change := range entry.Changes {
		line := s.change(change.Field, change.Before, change.After, zone)
		if change.Lost {
			line += " " + screen.Warn(s.t("cli.journal.lost", nil))
		}
		s.screen.Wrapped(indent+8, "", line)
	}
	if entry.Reason != "" {
		s.screen.Wrapped(indent+8, "", screen.Dim(s.either(entry.Reason, "reason.", "rule.", "how.")))
	}
}
