package web

import (
	"net/http"
	"strconv"
	"strings"

	"raynetsync/internal/admin/account"
)

// auditRoutes are who did what.
func auditRoutes() []route {
	return []route{{pattern: "GET /audit", role: account.Administrator, do: (*visit).audit}}
}

// auditPage is how many lines are shown at a time.
const auditPage = 50

// auditData is what the page of the audit shows.
type auditData struct {
	Lines []auditLine
	// Proof is whether the audit is whole.
	Proof account.Proof
	// First tells that these are the newest lines; Before is where the next page begins, 0 if there is none.
	First  bool
	Before int64
}

// auditLine is a line with its act in words.
type auditLine struct {
	account.Line
	Text string
}

func (v *visit) audit() error {
	ctx := v.in.Context()
	before, err := strconv.ParseInt(v.value("before"), 10, 64)
	if err != nil && v.value("before") != "" || before < 0 {
		return &refusal{status: http.StatusBadRequest, code: "bad-form"}
	}
	lines, err := v.Accounts.Audit(ctx, before, auditPage+1)
	if err != nil {
		return err
	}
	data := auditData{First: before == 0}
	if len(lines) > auditPage {
		lines = lines[:auditPage]
		data.Before = lines[auditPage-1].ID
	}
	for _, line := range lines {
		data.Lines = append(data.Lines, auditLine{Line: line, Text: v.act(line)})
	}
	if data.Proof, err = v.Accounts.VerifyAudit(ctx); err != nil {
		return err
	}
	return v.show(http.StatusOK, "audit", data)
}

// act says in words what a line tells.
func (v *visit) act(line account.Line) string {
	if line.Changed {
		return v.t("account.line-changed", nil)
	}
	args := map[string]any{}
	for name, value := range line.Args {
		args[name] = value
	}
	if role, ok := args["Role"].(string); ok && v.texts.Has("role."+role) {
		args["Role"] = v.t("role."+role, nil)
	}
	if kinds, ok := args["Kinds"].(string); ok {
		words := strings.Split(kinds, ", ")
		for i, kind := range words {
			if v.texts.Has("kind." + kind) {
				words[i] = v.t("kind."+kind, nil)
			}
		}
		args["Kinds"] = strings.Join(words, ", ")
	}
	if key := "audit." + string(line.Code); v.texts.Has(key) {
		return v.t(key, args)
	}
	return string(line.Code)
}
