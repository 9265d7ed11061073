package emulator

import (
	"fmt"
	"time"
)

// CreateTaskAs lets the mailbox's owner create a task in a list, the default one for "". It takes and returns Graph's
// own JSON.
func (s *Server) CreateTaskAs(mailbox, listID string, task map[string]any) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, f, now, err := s.aimList(mailbox, listID)
	if err != nil {
		return nil, err
	}
	it, bad := s.newTask(task, now)
	if bad != nil {
		return nil, errRefused(bad)
	}
	s.insertTask(mb, f, it, byPerson, now)
	return s.taskSnapshot(mb, it), nil
}

// EditTaskAs lets the owner change a task with a patch as Graph takes it; "checklistItems" and "linkedResources" replace
// what was there.
func (s *Server) EditTaskAs(mailbox, id string, patch map[string]any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, now, err := s.aimTask(mailbox, id)
	if err != nil {
		return err
	}
	return errRefused(s.changeTask(mb, it, patch, byPerson, now))
}

// DeleteTaskAs lets the owner delete a task.
func (s *Server) DeleteTaskAs(mailbox, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, now, err := s.aimTask(mailbox, id)
	if err != nil {
		return err
	}
	s.removeTask(mb, it, byPerson, now)
	return nil
}

// CopyTaskAs lets the owner copy a task. The copy has a new id and carries the linked resource of its model. // G-128
func (s *Server) CopyTaskAs(mailbox, id string) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, now, err := s.aimTask(mailbox, id)
	if err != nil {
		return nil, err
	}
	cp := s.taskCopy(it)
	s.insertTask(mb, it.folder, cp, byPerson, now)
	return s.taskSnapshot(mb, cp), nil
}

// Tasks shows every task of a mailbox with everything there is, oldest first; "listId" is the id of its list.
func (s *Server) Tasks(mailbox string) []map[string]any {
	return s.all(kindTask, mailbox, s.taskSnapshot)
}

// Task shows one task as Tasks does.
func (s *Server) Task(mailbox, id string) (map[string]any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, it, _, err := s.aimTask(mailbox, id)
	if err != nil {
		return nil, false
	}
	return s.taskSnapshot(mb, it), true
}

// TaskLists shows every task list of a mailbox with its extensions, oldest first.
func (s *Server) TaskLists(mailbox string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, _, err := s.at(mailbox)
	if err != nil {
		return nil
	}
	v := &todoView{s: s, mb: mb, whole: true}
	out := []map[string]any{}
	for _, f := range mb.foldersOf(kindTask) {
		out = append(out, v.list(f))
	}
	return out
}

// CreateTaskListAs lets the owner make a task list. Returns its id.
func (s *Server) CreateTaskListAs(mailbox, name string) (id string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, _, err := s.at(mailbox)
	if err != nil {
		return "", err
	}
	return s.addFolder(mb, kindTask, name, false).id, nil
}

// RenameTaskListAs lets the owner rename a task list.
func (s *Server) RenameTaskListAs(mailbox, listID, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, f, now, err := s.aimList(mailbox, listID)
	if err != nil {
		return err
	}
	mb.renameList(f, name, now)
	return nil
}

// DeleteTaskListAs lets the owner delete a task list with everything in it.
func (s *Server) DeleteTaskListAs(mailbox, listID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mb, f, now, err := s.aimList(mailbox, listID)
	if err != nil {
		return err
	}
	if wellKnown(f) != "none" {
		return fmt.Errorf("%w: list %q stays", ErrRefused, listID)
	}
	mb.deleteList(f, now)
	return nil
}

// aimList finds a task list of a mailbox, the default one for "".
func (s *Server) aimList(mailbox, id string) (*mailbox, *folder, time.Time, error) {
	mb, now, err := s.at(mailbox)
	if err != nil {
		return nil, nil, now, err
	}
	f := mb.folder(kindTask, id)
	if f == nil {
		return nil, nil, now, fmt.Errorf("task list %q: %w", id, ErrUnknown)
	}
	return mb, f, now, nil
}

// aimTask finds a task of a mailbox.
func (s *Server) aimTask(mailbox, id string) (*mailbox, *item, time.Time, error) {
	mb, it, _, now, err := s.aimAt(kindTask, mailbox, id)
	return mb, it, now, err
}
