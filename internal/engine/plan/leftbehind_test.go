package plan_test

import (
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

func orphaned(s *remote.Snapshot) { s.Rule = plan.RuleOrphaned }

// A contact that we made is asked about if its person is gone and no link knows it. Nobody is asked about an event, nor where the copies
// of what was deleted stay by the settings.
func TestAContactThatIsLeftBehindIsAskedAboutOnce(t *testing.T) {
	t.Parallel()
	const skipped, asked = "skip outlook:event/A: orphaned", "park, keeps outlook:event/A review: left-behind in 24h0m0s"
	contacts := setup()
	contacts.Schema.Kind = record.Contacts
	left := inOutlook("Novák", "Brno", orphaned)
	known := []journal.Aside{{Ref: event, Rule: plan.RuleOrphaned}}
	known[0].Span, known[0].Source = left.Snapshot.Span, plan.Decide(contacts, plan.Item{Outlook: left})[1].Aside.Source
	question := plan.Question(contacts.Pair.ID, event, plan.LeftBehind, contacts.Now)

	decides(t, contacts, plan.Item{Outlook: left}, asked, skipped)
	decides(t, contacts, plan.Item{Outlook: left, Asides: known})
	decides(t, contacts, plan.Item{Outlook: left, Asides: known, Work: []journal.Work{question}}, asked)
	decides(t, setup(), plan.Item{Outlook: left}, skipped)
	contacts.Rules.RemoveCopies = false
	decides(t, contacts, plan.Item{Outlook: left}, skipped)
}
