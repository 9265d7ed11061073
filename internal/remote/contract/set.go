package contract

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// Service names one of the two remote services.
type Service string

const (
	// Raynet is RAYNET CRM's REST API v2.
	Raynet Service = "raynet"
	// Graph is Microsoft Graph v1.0.
	Graph Service = "graph"
)

// Set is the loaded documents. It is safe for concurrent use.
type Set struct {
	books map[Service]func() (*book, error) // each reads its document once, when it is first needed

	mu      sync.Mutex
	checked map[Service]int // guarded by mu; exchanges that belonged to the document's base path
}

// Load reads the documents from the folder named by RAYNETSYNC_CONTRACTS, else from ../shared/contracts beside the
// repository. Without either it prints NOT VALIDATED and returns a set that accepts everything; when CI is set, the
// test fails instead. A document that is missing fails the test; one that cannot be read is an error of every Check.
func Load(t testing.TB) *Set {
	t.Helper()
	set := &Set{books: map[Service]func() (*book, error){}, checked: map[Service]int{}}
	folder, found := folder()
	if !found {
		if os.Getenv("CI") != "" {
			t.Fatal("NOT VALIDATED: no contracts; set RAYNETSYNC_CONTRACTS to their folder")
		}
		t.Log("NOT VALIDATED: no contracts; set RAYNETSYNC_CONTRACTS to their folder")
		_, _ = fmt.Fprintln(os.Stdout, "NOT VALIDATED against the contracts:", t.Name())
		return set
	}
	for service, file := range documentOf { // any order
		if _, err := os.Stat(filepath.Join(folder, file)); err != nil {
			t.Fatalf("contract of %s: %v", service, err)
		}
	}
	books := usual()
	if books.folder != folder {
		books = newShelf(folder)
	}
	set.books = books.books
	return set
}

// shelf is a folder with the documents of both services.
type shelf struct {
	folder string
	books  map[Service]func() (*book, error)
}

// documentOf names the files of a shelf.
var documentOf = map[Service]string{Raynet: "raynet-openapi.json", Graph: "graph-openapi.yaml"}

func newShelf(folder string) shelf {
	s := shelf{folder: folder, books: map[Service]func() (*book, error){}}
	for service, file := range documentOf { // any order
		s.books[service] = sync.OnceValues(func() (*book, error) { return loadBook(service, filepath.Join(folder, file)) })
	}
	return s
}

// usual is the shelf of everybody who looks for the documents where they usually are: reading them takes longer than most tests.
var usual = sync.OnceValue(func() shelf {
	folder, _ := folder()
	return newShelf(folder)
})

// Validates tells whether the set has documents at all.
func (s *Set) Validates() bool { return len(s.books) > 0 }

// Checked returns how many exchanges with the service were compared with its document so far.
func (s *Set) Checked(service Service) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.checked[service]
}

func folder() (string, bool) {
	if named := os.Getenv("RAYNETSYNC_CONTRACTS"); named != "" {
		return named, true
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", false
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			beside := filepath.Join(dir, "..", "shared", "contracts")
			_, err := os.Stat(beside)
			return beside, err == nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

// book is one service's document.
type book struct {
	service Service
	doc     *openapi3.T
	routes  []route
	known   []Difference
}

func loadBook(service Service, path string) (*book, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, err
	}
	known, err := differences(service)
	if err != nil {
		return nil, err
	}
	return &book{service: service, doc: doc, routes: routesOf(doc), known: known}, nil
}

// Check compares one exchange with the document of the service that the request's path belongs to (/api/v2/ is RAYNET,
// /v1.0/ and /beta/ are Graph; other paths pass). reqBody and respBody are the bodies as sent, possibly nil; resp may be
// nil when there was no answer. The error joins one *Violation per finding that is not a known difference.
func (s *Set) Check(req *http.Request, reqBody []byte, resp *http.Response, respBody []byte) error {
	service, rest, ok := serviceOf(req.URL.EscapedPath())
	if !ok || s.books[service] == nil {
		return nil
	}
	book, err := s.books[service]()
	if err != nil {
		return fmt.Errorf("load contract of %s: %w", service, err)
	}
	s.mu.Lock()
	s.checked[service]++
	s.mu.Unlock()
	x := exchange{method: req.Method, path: rest, query: req.URL.Query(), header: req.Header, body: reqBody}
	if resp != nil {
		x.status, x.answerHeader, x.answer = resp.StatusCode, resp.Header, respBody
	}
	var found []error
	for _, violation := range book.check(x) {
		found = append(found, violation)
	}
	return errors.Join(found...)
}

// Transport wraps next so that each exchange is checked, of an unanswered one what was asked; a violation fails t (it does
// not stop it) and the answer is passed on. service is named in the failure; the document is told by the path.
func (s *Set) Transport(t testing.TB, next http.RoundTripper, service Service) http.RoundTripper {
	return &transport{set: s, t: t, next: next, service: service}
}

type transport struct {
	set     *Set
	t       testing.TB
	next    http.RoundTripper
	service Service
}

func (c *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		var err error
		if sent, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		_ = req.Body.Close()
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := c.next.RoundTrip(req)
	if err != nil {
		c.report(req, c.set.Check(req, sent, nil, nil))
		return nil, err
	}
	body, readErr := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if readErr != nil {
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{readErr}))
		c.report(req, c.set.Check(req, sent, nil, nil))
		return resp, nil
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	c.report(req, c.set.Check(req, sent, resp, body))
	return resp, nil
}

func (c *transport) report(req *http.Request, err error) {
	if err != nil {
		c.t.Errorf("%s %s: outside the %s contract:\n%v", req.Method, req.URL.RequestURI(), c.service, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
