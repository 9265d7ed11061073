package contract

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-json-experiment/json"
)

// exchange is one request and its answer, below the service's base path.
type exchange struct {
	method, path string
	query        url.Values
	header       http.Header
	body         []byte
	status       int // 0 without an answer
	answerHeader http.Header
	answer       []byte
}

// check returns the findings that are no known differences.
func (b *book) check(x exchange) []*Violation {
	found := b.compare(x)
	if b.service == Graph && x.path == "/$batch" {
		found = append(found, b.compareBatch(x)...)
	}
	return slices.DeleteFunc(found, func(v *Violation) bool {
		return slices.ContainsFunc(b.known, func(d Difference) bool { return d.covers(v) })
	})
}

func (b *book) compare(x exchange) []*Violation {
	r, params, ok := b.find(x.path)
	if !ok {
		return []*Violation{{x.method + " " + x.path, PartOperation, x.path, "the document has no such path"}}
	}
	name := x.method + " " + r.template
	operation := r.item.GetOperation(x.method)
	if operation == nil {
		return []*Violation{{name, PartOperation, x.method, "the document has no such method"}}
	}
	input, err := b.input(x, r, operation, params)
	if err != nil {
		return []*Violation{{name, PartPath, x.path, err.Error()}}
	}
	out := b.compareRequest(x, name, input)
	if x.status != 0 {
		out = append(out, b.compareAnswer(x, name, input)...)
	}
	return out
}

func (b *book) input(
	x exchange, r route, operation *openapi3.Operation, params map[string]string,
) (*openapi3filter.RequestValidationInput, error) {
	target := url.URL{Scheme: "http", Host: "contract.example", Path: x.path, RawQuery: x.query.Encode()}
	req, err := http.NewRequestWithContext(context.Background(), x.method, target.String(), bytes.NewReader(x.body))
	if err != nil {
		return nil, err
	}
	req.Header = x.header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if len(x.body) == 0 {
		req.Body = http.NoBody
	}
	return &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params,
		Route: &routers.Route{Spec: b.doc, Path: r.template, PathItem: r.item, Method: x.method, Operation: operation},
		Options: &openapi3filter.Options{
			MultiError: true, IncludeResponseStatus: true, SkipSettingDefaults: true,
			ExcludeReadOnlyValidations: true, ExcludeWriteOnlyValidations: true,
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	}, nil
}

func (b *book) compareRequest(x exchange, name string, input *openapi3filter.RequestValidationInput) []*Violation {
	out := b.unknownQuery(x, name, input)
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
		out = append(out, explain(err, name, PartRequest)...)
	}
	operation := input.Route.Operation
	if len(x.body) > 0 && operation.RequestBody != nil && operation.RequestBody.Value != nil {
		schema := schemaOf(operation.RequestBody.Value.Content)
		out = append(out, unknownKeys(x.body, schema, name, PartRequest)...)
	}
	if len(x.body) > 0 && operation.RequestBody == nil {
		out = append(out, &Violation{name, PartRequest, "", "the document has no request body here"})
	}
	return out
}

// unknownQuery refuses query names that the document does not mention; RAYNET's operators in brackets are cut off.
func (b *book) unknownQuery(x exchange, name string, input *openapi3filter.RequestValidationInput) []*Violation {
	declared := map[string]bool{}
	for _, list := range []openapi3.Parameters{input.Route.PathItem.Parameters, input.Route.Operation.Parameters} {
		for _, parameter := range list {
			if parameter.Value != nil && parameter.Value.In == openapi3.ParameterInQuery {
				declared[parameter.Value.Name] = true
			}
		}
	}
	var out []*Violation
	for key := range x.query {
		plain := key
		if b.service == Raynet {
			plain, _, _ = strings.Cut(key, "[")
		}
		if !declared[plain] {
			out = append(out, &Violation{name, PartQuery, plain, "the document has no such query name"})
		}
	}
	slices.SortFunc(out, func(a, b *Violation) int { return strings.Compare(a.Field, b.Field) })
	return out
}

func (b *book) compareAnswer(x exchange, name string, input *openapi3filter.RequestValidationInput) []*Violation {
	header := x.answerHeader.Clone()
	if header == nil {
		header = http.Header{}
	}
	reference := responseFor(input.Route.Operation, x.status)
	if reference == nil || reference.Value == nil {
		return []*Violation{{name, PartStatus, strconv.Itoa(x.status), "the document has no such answer"}}
	}
	media := reference.Value.Content.Get("application/json")
	if media == nil && len(x.answer) > 0 && len(reference.Value.Content) == 0 && b.service == Raynet {
		return nil // an answer the document describes in words only
	}
	if media != nil && media.Schema == nil && media.Example != nil {
		return compareExample(x.answer, media.Example, name)
	}
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: x.status, Header: header, Options: input.Options,
		Body: io.NopCloser(bytes.NewReader(x.answer)),
	})
	var out []*Violation
	if err != nil {
		out = explain(err, name, PartAnswer)
	}
	if media != nil && len(x.answer) > 0 {
		out = append(out, unknownKeys(x.answer, media.Schema, name, PartAnswer)...)
	}
	return out
}

func responseFor(operation *openapi3.Operation, status int) *openapi3.ResponseRef {
	if found := operation.Responses.Status(status); found != nil {
		return found
	}
	return operation.Responses.Default()
}

// compareBatch checks the parts of a Graph $batch as exchanges of their own.
func (b *book) compareBatch(x exchange) []*Violation {
	type part struct {
		ID      string            `json:"id"`
		Method  string            `json:"method"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body"`
		Status  int               `json:"status"`
	}
	var asked struct {
		Requests []part `json:"requests"`
	}
	var told struct {
		Responses []part `json:"responses"`
	}
	if err := json.Unmarshal(x.body, &asked); err != nil {
		return []*Violation{{"POST /$batch", PartRequest, "", err.Error()}}
	}
	if x.status == http.StatusOK {
		if err := json.Unmarshal(x.answer, &told); err != nil {
			return []*Violation{{"POST /$batch", PartAnswer, "", err.Error()}}
		}
	}
	var out []*Violation
	for _, request := range asked.Requests {
		target, err := url.Parse(request.URL)
		if err != nil {
			out = append(out, &Violation{"POST /$batch", PartRequest, "requests[].url", err.Error()})
			continue
		}
		one := exchange{
			method: request.Method, path: "/" + strings.TrimPrefix(target.EscapedPath(), "/"), query: target.Query(),
			header: headerOf(request.Headers), body: bodyOf(request.Body),
		}
		at := slices.IndexFunc(told.Responses, func(p part) bool { return p.ID == request.ID })
		if at >= 0 {
			answer := told.Responses[at]
			one.status, one.answerHeader, one.answer = answer.Status, headerOf(answer.Headers), bodyOf(answer.Body)
			if one.answerHeader.Get("Content-Type") == "" && answer.Body != nil {
				one.answerHeader.Set("Content-Type", "application/json")
			}
		}
		out = append(out, b.compare(one)...)
	}
	return out
}

func headerOf(plain map[string]string) http.Header {
	out := http.Header{}
	for key, value := range plain {
		out.Set(key, value)
	}
	return out
}

func bodyOf(value any) []byte {
	if value == nil {
		return nil
	}
	data, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("marshal what was just unmarshalled: %v", err))
	}
	return data
}
