package contract

import (
	"embed"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
)

//go:embed testdata/raynet-differences.json testdata/graph-differences.json
var lists embed.FS

// Part says which part of an exchange a finding is about.
type Part string

const (
	// PartOperation: the document has no such path or method.
	PartOperation Part = "operation"
	// PartPath, PartQuery, PartRequest: what was asked.
	PartPath    Part = "path"
	PartQuery   Part = "query"
	PartRequest Part = "request"
	// PartStatus, PartAnswer: what was answered.
	PartStatus Part = "status"
	PartAnswer Part = "answer"
)

// Violation is one place where an exchange leaves the document.
type Violation struct {
	// Operation is method and path template, such as "PUT /meeting/"; without a template the path as sent.
	Operation string
	Part      Part
	// Field is a query name, a JSON path with dots ([] for array items), or a status code.
	Field  string
	Reason string
}

// Error tells the violation in one line.
func (v *Violation) Error() string {
	return fmt.Sprintf("%s: %s %s: %s", v.Operation, v.Part, v.Field, v.Reason)
}

// Difference is a known and accepted violation.
type Difference struct {
	// Operation is like Violation.Operation; a {parameter} segment stands for any, "*" for every operation, and a
	// method may be "*".
	Operation string `json:"operation"`
	Part      Part   `json:"part"`
	// Field is like Violation.Field; "*" stands for every field, and a trailing "*" for every ending.
	Field string `json:"field"`
	// Source says who vouches for the difference.
	Source string `json:"source"`
}

func differences(service Service) ([]Difference, error) {
	data, err := lists.ReadFile("testdata/" + string(service) + "-differences.json")
	if err != nil {
		return nil, err
	}
	var out []Difference
	if err := json.Unmarshal(data, &out, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("read known differences of %s: %w", service, err)
	}
	for i, d := range out {
		if d.Operation == "" || d.Part == "" || d.Field == "" || d.Source == "" {
			return nil, fmt.Errorf("known difference %d of %s: operation, part, field and source are required", i, service)
		}
	}
	return out, nil
}

func (d Difference) covers(v *Violation) bool {
	if d.Part != v.Part {
		return false
	}
	if prefix, wild := strings.CutSuffix(d.Field, "*"); d.Field != v.Field && !(wild && strings.HasPrefix(v.Field, prefix)) {
		return false
	}
	if d.Operation == "*" {
		return true
	}
	method, template, _ := strings.Cut(d.Operation, " ")
	sentMethod, sentPath, _ := strings.Cut(v.Operation, " ")
	if method != "*" && method != sentMethod {
		return false
	}
	_, ok := match(segments(template), segments(sentPath))
	return ok
}
