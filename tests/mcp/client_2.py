"""The official Python client, second major: it speaks both eras, and picks the newer one where it is offered.

Called with a URL and the key that opens it in RINGLYPRO_KEY, or with the command of a server on standard input and output.
"""

import asyncio
import os
import sys

from mcp import Client, StdioServerParameters, types
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

agrees = False
asked = []


async def ask(context, params):
    asked.append(params.message)
    if agrees:
        return types.ElicitResult(action="accept", content={"confirm": True})
    return types.ElicitResult(action="decline")


async def main(target):
    global agrees
    if target[0].startswith("http"):
        opened_by = create_mcp_http_client(headers={"Authorization": f"Bearer {os.environ['RINGLYPRO_KEY']}"})
        server = streamable_http_client(target[0], http_client=opened_by)
    else:
        server = StdioServerParameters(command=target[0], args=target[1:], env=dict(os.environ))
    async with Client(server, elicitation_callback=ask) as client:
        assert client.protocol_version == "2026-07-28", client.protocol_version
        tools, cursor = [], None
        while True:
            page = await client.list_tools(cursor=cursor)
            tools += page.tools
            cursor = page.next_cursor
            if cursor is None:
                break
        names = [tool.name for tool in tools]
        assert "book_appointment" in names, names
        made = await client.call_tool("create_contact", {"first_name": "Ana", "last_name": "Silva"})
        assert not made.is_error, made
        contact = made.structured_content["outcome"]["id"]
        noted = await client.call_tool("add_note", {"contact": contact, "body": "Calls before ten"})
        assert noted.structured_content["performed"], noted
        notes = await client.call_tool("list_notes", {"contact": contact})
        assert [note["body"] for note in notes.structured_content["outcome"]["items"]] == ["Calls before ten"], notes
        for agrees, performed in [(False, False), (True, True)]:
            done = await client.call_tool("delete_contact", {"contact": contact})
            assert done.structured_content["performed"] is performed, done
        assert len(asked) == 2 and "Ana Silva" in asked[0], asked
        gone = await client.call_tool("get_contact", {"contact": contact})
        assert gone.is_error and "not found" in gone.content[0].text, gone
        agenda = await client.read_resource("ringly://agenda/today")
        assert "appointments" in agenda.contents[0].text
        prompts = await client.list_prompts()
        assert "daily_brief" in [prompt.name for prompt in prompts.prompts]
        print(contact)


asyncio.run(main(sys.argv[1:]))
