package proxy

import (
	"bytes"
	"strconv"
	"strings"
)

// body is what came of a request so far.
type body struct {
	of   int // which of the proxy's requests it is
	came []byte
}

// take adds bytes and reports whether the request is whole. One without a length ends with its head.
func (b *body) take(data []byte) bool {
	b.came = append(b.came, data...)
	head, rest, found := bytes.Cut(b.came, []byte("\r\n\r\n"))
	if !found {
		return false
	}
	for line := range strings.Lines(string(head)) {
		if name, value, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Content-Length") {
			length, err := strconv.Atoi(strings.TrimSpace(value))
			return err != nil || len(rest) >= length
		}
	}
	return true
}

// changes reports whether a part of a Graph batch asks for a change.
func (b *body) changes() bool {
	for _, method := range []string{"POST", "PATCH", "PUT", "DELETE"} {
		if bytes.Contains(b.came, []byte(`"method":"`+method+`"`)) {
			return true
		}
	}
	return false
}
