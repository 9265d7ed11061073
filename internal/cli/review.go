package cli

import (
	"context"
	"strconv"

	"raynetsync/internal/admin"
	"raynetsync/internal/cli/screen"
)

// reviewCommand shows what waits for a person, side by side.
type reviewCommand struct {
	User  string   `placeholder:"ADDRESS" help:"${help_user}"`
	What  []string `placeholder:"WHAT" help:"${help_review_what}"`
	After string   `placeholder:"ID" help:"${help_review_after}"`
	Limit int      `default:"20" placeholder:"N" help:"${help_review_limit}"`
}

// Run is called by the parser.
func (c *reviewCommand) Run(ctx context.Context, s *session) error {
	return s.connect(ctx, func(connection Connection) error {
		items, next, err := connection.Reviews(ctx, admin.ReviewOptions{User: c.User, What: c.What, After: c.After, Limit: c.Limit})
		if err != nil {
			return err
		}
		if s.grammar.JSON {
			answer := map[string]any{"items": items}
			if next != "" {
				answer["next"] = next
			}
			err = s.json(answer)
		} else {
			s.showReviews(items, next)
		}
		if err == nil && len(items) > 0 {
			err = errPerson
		}
		return err
	})
}

func (s *session) showReviews(items []admin.ReviewItem, next string) {
	if len(items) == 0 {
		s.screen.Line(s.t("cli.review.nothing", nil))
	}
	for i, it := range items {
		if i > 0 {
			s.screen.Blank()
		}
		s.showReview(it)
	}
	if next != "" {
		s.screen.Blank()
		s.screen.Line(screen.Dim(s.t("cli.review.more", map[string]any{"ID": next})))
	}
}

// showReview shows one item: what it is and why, both sides, what fits or what was stopped, and the choices.
func (s *session) showReview(it admin.ReviewItem) {
	zone := s.zoneOf(it.User)
	s.screen.Line(screen.Title(s.t("review."+it.What, nil)), screen.Dim("·"), s.who(it.User, it.Kind))
	if it.Reason != "" {
		s.screen.Wrapped(2, "", s.either(it.Reason, "reason."))
	}
	if it.Detail != "" {
		s.screen.Wrapped(2, "", screen.Dim(it.Detail))
	}
	if !it.Since.IsZero() {
		s.screen.Wrapped(2, "", screen.Dim(capital(s.t("cli.explain.since", map[string]any{"Time": s.texts.Time(it.Since, zone)}))))
	}
	if !it.Retry.IsZero() {
		s.screen.Wrapped(2, "", screen.Dim(s.t("cli.explain.retry", map[string]any{"Time": s.texts.Time(it.Retry, zone)})))
	}
	s.showSide(screen.Raynet(s.t("side.raynet", nil)), it.Raynet)
	s.showSide(screen.Outlook(s.t("side.outlook", nil)), it.Outlook)
	s.showDifferences(it.Fields, it.User, 4)
	for n, candidate := range it.Candidates {
		s.showCandidate(n+1, candidate, it.User)
	}
	s.showStopped(it.Plan)
	if it.Trouble != "" {
		s.screen.Wrapped(2, screen.Bad("✗"), s.t("error."+it.Trouble, nil))
	}
	s.showChoices(it)
}

func (s *session) showSide(name string, side *admin.ReviewSide) {
	if side == nil {
		return
	}
	text := together(side.Title, s.when(side.When))
	if side.State != admin.SidePresent {
		text = s.t("review-side."+side.State, nil)
	}
	s.screen.Wrapped(4, "  "+name+":", text+" "+screen.Dim(side.Ref))
}

// showDifferences tells the values of both sides, those to be chosen in bold.
func (s *session) showDifferences(fields []admin.ReviewField, user string, indent int) {
	zone := s.zoneOf(user)
	for _, field := range fields {
		name := s.t("field."+string(field.Field), nil)
		if field.Asks {
			name = screen.Bold(name) + screen.Dim(" ("+string(field.Field)+")")
		}
		s.screen.Wrapped(indent, "", s.t("cli.review.differs", map[string]any{"Field": name,
			"Raynet": s.value(field.Field, field.Raynet, zone), "Outlook": s.value(field.Field, field.Outlook, zone)}))
	}
}

func (s *session) showCandidate(number int, candidate admin.ReviewCandidate, user string) {
	s.showSide(screen.Bold(s.t("cli.review.candidate", map[string]any{"Number": strconv.Itoa(number)})), &candidate.ReviewSide)
	for _, how := range candidate.Common {
		s.screen.Wrapped(6, "", screen.Dim(s.t("how."+how, nil)))
	}
	if !candidate.Able {
		s.screen.Wrapped(6, "", screen.Warn(s.t("cli.review.taken", nil)))
	}
	s.showDifferences(candidate.Fields, user, 6)
}

// showStopped tells what a guard stopped.
func (s *session) showStopped(stopped *admin.ReviewPlan) {
	if stopped == nil {
		return
	}
	all := map[string]any{"All": s.texts.Number(int64(stopped.Linked))}
	if stopped.Removals > 0 {
		s.screen.Wrapped(2, "", s.texts.N("cli.review.removals", stopped.Removals, all))
	}
	if stopped.Changes > 0 {
		s.screen.Wrapped(2, "", s.texts.N("cli.review.changes", stopped.Changes, all))
	}
	for _, step := range stopped.Steps {
		s.showStep(step)
	}
}

// showChoices tells what can be decided, how it is typed and what follows from it.
func (s *session) showChoices(it admin.ReviewItem) {
	if len(it.Choices) == 0 {
		return
	}
	id := it.ID
	if it.Seen != "" {
		id += "@" + it.Seen
	}
	s.screen.Wrapped(2, "", s.t("cli.review.choices", map[string]any{"ID": screen.Bold(id)}))
	for _, choice := range it.Choices {
		key := it.What + "." + choice
		s.screen.Line("    --choose", screen.Bold(choice), screen.Dim("·"), s.t("choice."+key, nil))
		s.screen.Wrapped(8, "", screen.Dim(s.t("choice-means."+key, nil)))
	}
}
