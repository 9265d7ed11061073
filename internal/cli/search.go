package cli

import (
	"context"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
	"raynetsync/internal/record"
)

// searchCommand finds records.
type searchCommand struct {
	Text   string `arg:"" optional:"" help:"${help_search_text}"`
	User   string `placeholder:"ADDRESS" help:"${help_search_user}"`
	State  string `placeholder:"STATE" help:"${help_search_state}"`
	Kind   string `placeholder:"KIND" enum:",calendar,contacts,tasks" default:"" help:"${help_search_kind}"`
	Titles bool   `help:"${help_search_titles}"`
	Limit  int    `default:"50" help:"${help_search_limit}"`
	After  string `placeholder:"PLACE" help:"${help_search_after}"`
}

// Run is called by the parser.
func (c *searchCommand) Run(ctx context.Context, s *session) error {
	return s.connect(ctx, func(connection Connection) error {
		page, err := connection.Items(ctx, admin.ItemQuery{Text: c.Text, User: c.User, State: c.State, Kind: record.Kind(c.Kind), Titles: c.Titles,
			Limit: c.Limit, After: c.After})
		if err != nil {
			return err
		}
		if s.grammar.JSON {
			return s.json(page)
		}
		for i, one := range page.Explanations {
			if i > 0 {
				s.screen.Blank()
			}
			s.showExplanation(one)
		}
		if len(page.Explanations) == 0 {
			s.showItems(page)
		}
		return nil
	})
}

// showItems is a short paragraph for each item: which one, whose, its state and why.
func (s *session) showItems(page admin.ItemPage) {
	for _, item := range page.Items {
		ref := item.Raynet
		if ref == "" {
			ref = item.Outlook
		}
		s.screen.Wrapped(2, screen.Dim("·"), screen.Bold(capital(s.t("state."+item.State, nil)))+screen.Dim(" · ")+item.User+screen.Dim(" · "+s.t("kind."+string(item.Kind), nil)))
		if text := together(item.Title, s.when(item.When)); text != "" {
			s.screen.Wrapped(4, "", text)
		}
		s.screen.Wrapped(4, "", screen.Dim(ref))
		if item.Reason != "" {
			groups := []string{"reason.", "rule."}
			if item.State == admin.StateAside {
				groups = []string{"rule.", "reason."}
			}
			s.screen.Wrapped(4, "", s.either(item.Reason, groups...))
		}
	}
	if len(page.Items) == 0 {
		s.screen.Wrapped(0, "", s.t("cli.search.nothing", nil))
	}
	if page.Note != "" {
		s.screen.Wrapped(0, "", screen.Dim(s.t("overview.note-"+page.Note, nil)))
	}
	if page.Next != "" {
		s.screen.Wrapped(0, "", screen.Dim(s.t("cli.search.more", map[string]any{"After": page.Next})))
	}
}
