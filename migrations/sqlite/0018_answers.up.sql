-- Texts that wait for their answer (`due_at`), and those that have none (`trouble` says why).
CREATE INDEX conversation_messages_to_answer ON conversation_messages (due_at)
    WHERE direction = 'inbound' AND due_at IS NOT NULL;
CREATE INDEX conversation_messages_unanswered ON conversation_messages (business_id, conversation_id)
    WHERE direction = 'inbound' AND trouble IS NOT NULL;
