package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"raynetsync/internal/cli/screen"
)

// errNobodyAnswers says that questions cannot be asked: the input is at its end.
var errNobodyAnswers = errors.New("the input ended before the last answer")

// asker asks questions on a terminal, or of a file in which the answers stand line by line.
type asker struct {
	session *session
	in      *bufio.Reader
	// terminal is nil if what is typed is not seen anyway.
	terminal *os.File
}

func (s *session) asker() *asker {
	a := &asker{session: s, in: bufio.NewReader(s.streams.In)}
	if file, ok := s.streams.In.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		a.terminal = file
	}
	return a
}

// line asks for a text. An empty answer is otherwise, which is shown.
func (a *asker) line(question, otherwise string) (string, error) {
	shown := question
	if otherwise != "" {
		shown += " " + screen.Dim("["+otherwise+"]")
	}
	a.session.screen.Line(shown)
	answer, err := a.read()
	if answer == "" {
		answer = otherwise
	}
	return answer, err
}

// secret asks for a text that is not shown while it is typed.
func (a *asker) secret(question string) (string, error) {
	a.session.screen.Line(question, screen.Dim(a.session.t("cli.setup.hidden", nil)))
	if a.terminal == nil {
		return a.read()
	}
	typed, err := term.ReadPassword(int(a.terminal.Fd()))
	if err != nil {
		return "", fmt.Errorf("read what was typed: %w", err)
	}
	return strings.TrimSpace(string(typed)), nil
}

// yes asks a question that is answered with yes or no; anything else is no.
func (a *asker) yes(question string) (bool, error) {
	a.session.screen.Line(question, screen.Dim(a.session.t("cli.setup.yes-no", nil)))
	answer, err := a.read()
	switch strings.ToLower(answer) {
	case "a", "ano", "y", "yes":
		return true, err
	}
	return false, err
}

func (a *asker) read() (string, error) {
	text, err := a.in.ReadString('\n')
	if errors.Is(err, io.EOF) && text != "" {
		err = nil
	}
	if errors.Is(err, io.EOF) {
		err = errNobodyAnswers
	}
	return strings.TrimSpace(text), err
}
