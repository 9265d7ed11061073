package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/app/emulation"
)

// oneIn is how many items there are for each that people edit.
const oneIn = 100

// edit has people edit one item in a hundred in RAYNET and as many others in Outlook, through the control endpoint.
func (s *subject) edit(ctx context.Context) error {
	people, err := s.people(ctx)
	if err != nil {
		return err
	}
	for _, mailbox := range people {
		query := "?mailbox=" + url.QueryEscape(mailbox)
		var rows struct {
			Data []struct {
				ID    int64  `json:"id"`
				Title string `json:"title"`
			} `json:"data"`
		}
		if err := s.control(ctx, http.MethodGet, "/raynet/calendar"+query, nil, &rows); err != nil {
			return err
		}
		var events struct {
			Value []struct {
				ID      string `json:"id"`
				Subject string `json:"subject"`
			} `json:"value"`
		}
		if err := s.control(ctx, http.MethodGet, "/outlook/calendar"+query, nil, &events); err != nil {
			return err
		}
		edited := map[string]bool{} // by the title before
		for i := range max(len(rows.Data)/oneIn, 1) {
			edited[rows.Data[i].Title] = true
			title := map[string]string{"title": fmt.Sprintf("Změna v RAYNETu č. %d", i+1)}
			if err := s.control(ctx, http.MethodPatch, fmt.Sprintf("/raynet/calendar/%d%s", rows.Data[i].ID, query), title, nil); err != nil {
				return err
			}
		}
		left := max(len(events.Value)/oneIn, 1)
		for i, event := range slices.Backward(events.Value) {
			if left == 0 {
				break
			}
			if edited[event.Subject] {
				continue // the other half of what was edited in RAYNET
			}
			left--
			subject := map[string]string{"subject": fmt.Sprintf("Změna v Outlooku č. %d", i+1)}
			if err := s.control(ctx, http.MethodPatch, "/outlook/calendar/"+url.PathEscape(event.ID)+query, subject, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// people lists the mailboxes.
func (s *subject) people(ctx context.Context) ([]string, error) {
	var people []struct {
		Mailbox string `json:"mailbox"`
	}
	if err := s.control(ctx, http.MethodGet, "/people", nil, &people); err != nil {
		return nil, err
	}
	var out []string
	for _, person := range people {
		out = append(out, person.Mailbox)
	}
	return out, nil
}

func (s *subject) control(ctx context.Context, method, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, s.info.ControlURL+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("control endpoint: %w", err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("control endpoint: %w", err)
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("control endpoint: %s %s: %s: %s", method, path, response.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// startProcess runs this program once more, as the emulators.
func startProcess(ctx context.Context, size Size) (emulation.Info, func() error, error) {
	var info emulation.Info
	program, err := os.Executable()
	if err != nil {
		return info, nil, err
	}
	command := exec.CommandContext(context.WithoutCancel(ctx), program, "emulate", "--measure", "--seed", strconv.FormatUint(size.Seed, 10),
		"--mailboxes", strconv.Itoa(size.Mailboxes), "--items", strconv.Itoa(size.Items), "--latency", size.Latency.String(), "--kinds", string(size.Kind))
	command.Stderr = os.Stderr
	command.WaitDelay = 10 * time.Second
	out, err := command.StdoutPipe()
	if err != nil {
		return info, nil, err
	}
	if err := command.Start(); err != nil {
		return info, nil, err
	}
	end := func() error {
		if err := command.Process.Signal(os.Interrupt); err != nil {
			return fmt.Errorf("end the emulators: %w", err)
		}
		if err := command.Wait(); err != nil {
			return fmt.Errorf("end the emulators: %w", err)
		}
		return nil
	}
	if err := json.UnmarshalRead(firstLine(out), &info); err != nil {
		_ = end()
		return info, nil, fmt.Errorf("read how to reach the emulators: %w", err)
	}
	return info, end, nil
}

// firstLine reads up to the first line break and not a byte more.
func firstLine(from io.Reader) io.Reader {
	var line bytes.Buffer
	one := make([]byte, 1)
	for {
		n, err := from.Read(one)
		if n == 1 && one[0] == '\n' || err != nil {
			return &line
		}
		line.Write(one[:n])
	}
}
