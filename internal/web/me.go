package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"raynetsync/internal/admin"
	"raynetsync/internal/admin/account"
	"raynetsync/internal/record"
)

// mePath is the page of who signs in to see his own mailbox.
const mePath = "/me"

// meRoutes are what a person sees of their own mailbox. Whose it is, is decided by the account's object id alone, never by what
// the browser sends.
func meRoutes() []route {
	return []route{
		{pattern: "GET /me", role: account.Self, do: (*visit).me},
		{pattern: "POST /me/pause", role: account.Self, do: (*visit).pauseMe},
		{pattern: "POST /me/resume", role: account.Self, do: (*visit).resumeMe},
		{pattern: "POST /me/kinds", role: account.Self, do: (*visit).chooseMyKinds},
	}
}

// meData is what a person sees of their own mailbox.
type meData struct {
	Address               string
	Kinds                 []myKind
	Paused, PausedByOther bool
	Choices               []myChoice
	Fixed                 bool
	Problem               string
}

// myKind is how one kind stands, in words.
type myKind struct {
	Kind           record.Kind
	Class, State   string
	Reason         string
	Linked         int
	Cycle, Changed time.Time
	Waits          []myWait
}

// myWait is how much waits for one reason.
type myWait struct {
	Count int
	Text  string
}

// myChoice is a kind that may be chosen.
type myChoice struct {
	Kind   record.Kind
	Chosen bool
}

func (v *visit) me() error { return v.showMe(http.StatusOK, "") }

func (v *visit) showMe(status int, problem string) error {
	a, err := v.use()
	if err != nil {
		return err
	}
	ctx, subject := v.in.Context(), v.account.Subject
	own, err := a.Own(ctx, subject, v.account.Name)
	if err != nil {
		return err
	}
	data := meData{Address: own.Address, Paused: own.Paused, PausedByOther: own.PausedByOther, Problem: problem}
	for _, kind := range own.Kinds {
		data.Kinds = append(data.Kinds, v.myKind(kind))
	}
	if own.Address != "" {
		choice, err := v.Setup.OwnKinds(ctx, subject, own.Address)
		if err != nil {
			return err
		}
		data.Fixed = choice.Fixed
		for _, kind := range choice.Allowed {
			data.Choices = append(data.Choices, myChoice{Kind: kind, Chosen: slices.Contains(choice.Chosen, kind)})
		}
	}
	return v.show(status, "me", data)
}

// myKind puts into words how one kind stands.
func (v *visit) myKind(kind admin.OwnKind) myKind {
	out := myKind{Kind: kind.Kind, Class: pairClass(string(kind.State)), State: v.t("pair."+string(kind.State), nil), Linked: kind.Linked, Cycle: kind.Cycle,
		Changed: kind.Changed}
	if key := "reason." + kind.Reason; kind.Reason != "" && v.texts.Has(key) {
		out.Reason = v.t(key, nil)
	}
	if kind.Off {
		out.Class, out.State, out.Reason = "calm", v.t("account.me-off", nil), ""
	}
	for _, wait := range kind.Waits {
		text := v.t("why."+string(wait.Why), nil)
		if key := "reason." + wait.Reason; wait.Reason != "" && v.texts.Has(key) {
			text += ": " + strings.TrimSuffix(v.t(key, nil), ".")
		}
		out.Waits = append(out.Waits, myWait{Count: wait.Count, Text: text})
	}
	return out
}

// pairClass is the look of a pair's state.
func pairClass(state string) string {
	switch state {
	case "running":
		return "good"
	case "paused":
		return "warn"
	}
	return "bad"
}

// pauseMe and resumeMe stop and start the synchronisation of the visitor's own mailbox.
func (v *visit) pauseMe() error {
	return v.ofMine(actPausedSelf, "account.me-is-paused", nil, func(a *admin.Admin) error {
		return a.PauseOwn(v.in.Context(), v.account.Subject, v.account.Name)
	})
}

func (v *visit) resumeMe() error {
	return v.ofMine(actResumedSelf, "account.me-is-resumed", nil, func(a *admin.Admin) error {
		return a.ResumeOwn(v.in.Context(), v.account.Subject, v.account.Name)
	})
}

// chooseMyKinds chooses what of the visitor's own mailbox is synchronised.
func (v *visit) chooseMyKinds() error {
	var kinds []record.Kind
	for _, name := range v.in.PostForm["kind"] {
		kinds = append(kinds, record.Kind(name))
	}
	return v.ofMine(actKindsSelf, "account.me-kinds-saved", map[string]any{"Kinds": strings.Join(v.in.PostForm["kind"], ", ")}, func(a *admin.Admin) error {
		own, err := a.Own(v.in.Context(), v.account.Subject, v.account.Name)
		if err != nil {
			return err
		}
		if own.Address == "" {
			return &admin.Failure{Code: admin.FailureNoMailbox}
		}
		return v.Setup.SetOwnKinds(v.in.Context(), v.account.Subject, own.Address, kinds)
	})
}

// ofMine does something to the visitor's own mailbox, notes it, and says what cannot be done on the page of that mailbox.
func (v *visit) ofMine(act account.Code, notice string, args map[string]any, do func(*admin.Admin) error) error {
	a, err := v.use()
	if err != nil {
		return err
	}
	err = do(a)
	if words, ok := v.words(err); err != nil && ok {
		return v.showMe(http.StatusUnprocessableEntity, words)
	}
	if err != nil {
		return err
	}
	v.log(act, args)
	return v.noted(mePath, notice)
}
