package processes

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// words are what must not be read where anybody can look.
type words struct {
	// private are words of things that nobody else may read, secret those that open a door, open those that people wrote
	// everywhere else: they are not for files and logs either.
	private, secret, open []string
}

// forms are the shapes in which a word may have been written down.
func forms(word string) []string {
	out := []string{word, base64.StdEncoding.EncodeToString([]byte(word)), base64.RawURLEncoding.EncodeToString([]byte(word)),
		hex.EncodeToString([]byte(word)), strings.ToUpper(hex.EncodeToString([]byte(word))), url.QueryEscape(word), url.PathEscape(word)}
	slices.Sort(out)
	return slices.Compact(out)
}

// reads reports where a word can be read.
func reads(files []file, word string) []string {
	var out []string
	for _, f := range files {
		for _, form := range forms(word) {
			if bytes.Contains(f.data, []byte(form)) {
				out = append(out, f.name)
				break
			}
		}
	}
	return out
}

// checkPrivacy: nothing private is on the other side, was ever there, or can be read in a file or on a page; and what people wrote
// otherwise is in no file or log either.
func (e *evidence) checkPrivacy(r *Report) {
	var there strings.Builder
	for _, w := range e.history {
		if w.side == inRaynet {
			walk(w.after, func(text string) { there.WriteString(text + "\n") })
		}
	}
	for _, t := range e.things {
		if t.side == inRaynet {
			walk(t.raw, func(text string) { there.WriteString(text + "\n") })
		}
	}
	for _, word := range e.words.private {
		r.Checked[Privacy]++
		if strings.Contains(there.String(), word) {
			r.complain(Privacy, "%s of a private event is in RAYNET", word)
		}
		if told := told(e.journal); strings.Contains(told, word) {
			r.complain(Privacy, "%s of a private event is in the journal", word)
		}
	}
	if len(e.files) == 0 {
		return
	}
	for _, word := range e.words.private {
		r.Checked[Privacy]++
		if where := reads(e.files, word); len(where) > 0 {
			r.complain(Privacy, "%s of a private event can be read in %s", word, strings.Join(where, ", "))
		}
	}
	r.Checked[Privacy] += len(e.words.open)
	for _, f := range e.files {
		for _, word := range wordsIn(f.data) {
			if slices.Contains(e.words.open, word) { // what only looks like a word is chance
				r.complain(Privacy, "%s, which a person wrote, can be read in %s", word, f.name)
				break
			}
		}
	}
}

// checkSecrets: no key and no password can be read anywhere.
func (e *evidence) checkSecrets(r *Report) {
	for _, word := range e.words.secret {
		r.Checked[Secrets] += len(e.files)
		if where := reads(e.files, word); len(where) > 0 {
			r.complain(Secrets, "the secret that begins with %.3s can be read in %s", word, strings.Join(where, ", "))
		}
	}
}

// readable reads every file below a folder: databases with what belongs to them, and logs.
func readable(dir string, except ...string) ([]file, error) {
	var out []file
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || slices.Contains(except, d.Name()) {
			return err
		}
		data, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil // what SQLite keeps beside its database comes and goes
		}
		out = append(out, file{name: filepath.Base(path), data: bytes.Trim(data, "\x00")}) // room that is kept free says nothing
		return err
	})
	return out, err
}

// pages are addresses that whoever comes by may try.
func pages() []string {
	return []string{"/", "/sign-in", "/healthz", "/readyz", "/metrics", "/help", "/items", "/journal", "/health", "/settings", "/debug/pprof/"}
}

// visit reads the pages that need no sign-in, as they are answered to a stranger.
func visit(ctx context.Context, base string) ([]file, error) {
	client := &http.Client{Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	var out []file
	for _, path := range pages() {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err != nil {
			return nil, err
		}
		response, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			return nil, err
		}
		var head bytes.Buffer
		_ = response.Header.Write(&head)
		out = append(out, file{name: "page " + path, data: append(head.Bytes(), body...)})
	}
	return out, nil
}
