package admin

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
)

// The checks of users.
const (
	checkUsers       = "users"
	checkMailbox     = "mailbox"
	checkMailboxTodo = "mailbox-todo"
)

// mailbox is one mailbox to try.
type mailbox struct{ id, address string }

// How many mailboxes a permission is tried with before it counts as missing, and how many are tried at a time.
const (
	mailboxesPerPermission = 5
	mailboxesAtATime       = 4
)

// mailboxesToTry returns a few mailboxes that a permission can be proved with: those of chosen users, else of any member.
func (v *verifier) mailboxesToTry() []mailbox {
	boxes := v.chosenMailboxes()
	for _, user := range v.people.outlook {
		if len(boxes) >= mailboxesPerPermission {
			break
		}
		member := user.Enabled && !strings.EqualFold(user.Type, "Guest") && user.Mail != ""
		if member && !slices.ContainsFunc(boxes, func(b mailbox) bool { return b.id == user.ID }) {
			boxes = append(boxes, mailbox{user.ID, first(user.Addresses())})
		}
	}
	return boxes[:min(len(boxes), mailboxesPerPermission)]
}

// chosenMailboxes returns the mailboxes of the chosen users, as far as they can be told: by the mapping, else by the addresses
// in the settings.
func (v *verifier) chosenMailboxes() []mailbox {
	var boxes []mailbox
	if v.people.outlookKnown && v.people.raynetKnown {
		for _, row := range v.rows(v.people, nil) {
			if row.Chosen {
				boxes = append(boxes, mailbox{row.Mailbox, row.Address})
			}
		}
		return boxes
	}
	for _, name := range v.Settings.Users {
		if name == everybody {
			continue
		}
		box := mailbox{name, name} // Graph takes addresses for ids
		for _, user := range v.people.outlook {
			if isMailbox(user, name) {
				box.id = user.ID
			}
		}
		boxes = append(boxes, box)
	}
	return boxes
}

// chosen checks that the chosen users exist on both sides and, on request, that each of their mailboxes answers.
func (v *verifier) chosen(ctx context.Context) error {
	switch {
	case !v.people.raynetKnown && v.entered:
		v.skip(checkRaynetSight, checkUsers)
	case !v.people.raynetKnown:
		v.skip(v.raynetFailure(), checkUsers)
	case !v.people.outlookKnown && v.signed:
		v.skip(wanted()[0].check, checkUsers)
	case !v.people.outlookKnown:
		v.skip(v.microsoftFailure(), checkUsers)
	default:
		v.mapping()
	}
	if !v.options.Users || !v.signed {
		return nil
	}
	boxes := v.chosenMailboxes()
	found := make([][]Check, len(boxes))
	var group errgroup.Group
	group.SetLimit(mailboxesAtATime)
	for i, box := range boxes {
		group.Go(func() error {
			found[i] = v.mailbox(ctx, box)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, checks := range found {
		v.checks = append(v.checks, checks...)
	}
	return nil
}

// mapping says who is chosen, and who should be and cannot.
func (v *verifier) mapping() {
	chosen, candidates := 0, 0
	var missing []string
	for _, row := range v.rows(v.people, nil) {
		switch {
		case row.Chosen:
			chosen++
		case row.Problem == "":
			candidates++
		case slices.ContainsFunc(v.Settings.Users, func(name string) bool {
			return name != everybody && strings.EqualFold(name, row.Address)
		}):
			missing = append(missing, row.Address)
			v.checks = append(v.checks, Check{ID: checkUsers, State: CheckFailed, Code: "problem-" + row.Problem, User: row.Address,
				Args: map[string]any{"address": row.Address, "login": row.RaynetLogin}})
		}
	}
	switch {
	case len(missing) > 0:
	case chosen == 0 && slices.Contains(v.Settings.Users, everybody):
		v.say(checkUsers, CheckFailed, "nobody-fits", nil)
	case chosen == 0:
		v.say(checkUsers, CheckWarning, "nobody", map[string]any{"candidates": candidates})
	default:
		v.say(checkUsers, CheckOK, codeOK, map[string]any{"users": chosen})
	}
}

// mailbox tries the mailbox of one user, and To Do in it.
func (v *verifier) mailbox(ctx context.Context, box mailbox) []Check {
	calendar := Check{ID: checkMailbox, State: CheckOK, Code: codeOK, User: box.address, Args: map[string]any{"address": box.address}}
	tasks := Check{ID: checkMailboxTodo, State: CheckOK, Code: codeOK, User: box.address, Args: map[string]any{"address": box.address}}
	err := v.Outlook.Probe(ctx, outlook.CalendarRead, box.id)
	if err != nil {
		calendar.State, calendar.Code, calendar.Detail = CheckFailed, mailboxCode(err), detailOf(err)
		if remote.KindOf(err) == remote.Throttled {
			calendar.State = CheckWarning
		}
		tasks.State, tasks.Code, tasks.Args = CheckSkipped, codeDepends, map[string]any{"on": checkMailbox}
		return []Check{calendar, tasks}
	}
	if err = v.Outlook.Probe(ctx, outlook.TasksRead, box.id); err != nil {
		tasks.State, tasks.Code, tasks.Detail = CheckWarning, "none", detailOf(err)
		if code, away := passing(err); away {
			tasks.Code = code
		} else if remote.KindOf(err) != remote.NoMailbox {
			tasks.State, tasks.Code, tasks.Args = CheckSkipped, codeDepends, map[string]any{"on": "permission-tasks"}
		}
	}
	return []Check{calendar, tasks}
}

// mailboxCode reads the table of what a probe of a mailbox answers (G-78).
func mailboxCode(err error) string {
	if code, away := passing(err); away {
		return code
	}
	failed := serviceError(err)
	switch {
	case failed.Kind == remote.NoMailbox && strings.EqualFold(failed.Code, "Request_ResourceNotFound"):
		return "unknown-user"
	case failed.Kind == remote.NoMailbox:
		return "no-mailbox"
	case strings.HasPrefix(failed.Text, "Access to OData is disabled"):
		return "policy"
	}
	return "denied"
}
