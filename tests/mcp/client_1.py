"""The official Python client, first major: an independent client of the older era (2025-11-25 and earlier).

Called with a URL and the key that opens it in RINGLYPRO_KEY, or with the command of a server on standard input and output.
"""

import asyncio
import os
import sys
from contextlib import asynccontextmanager

from mcp import ClientSession, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client

agrees = False
asked = []


async def ask(context, params):
    asked.append(params.message)
    if agrees:
        return types.ElicitResult(action="accept", content={"confirm": True})
    return types.ElicitResult(action="decline")


@asynccontextmanager
async def connected(target):
    if target[0].startswith("http"):
        headers = {"Authorization": f"Bearer {os.environ['RINGLYPRO_KEY']}"}
        async with streamablehttp_client(target[0], headers=headers) as (read, write, _):
            yield read, write
    else:
        server = StdioServerParameters(command=target[0], args=target[1:], env=dict(os.environ))
        async with stdio_client(server) as (read, write):
            yield read, write


async def main(target):
    global agrees
    async with connected(target) as (read, write), ClientSession(read, write, elicitation_callback=ask) as session:
        hello = await session.initialize()
        assert hello.protocolVersion == "2025-11-25", hello.protocolVersion
        tools, cursor = [], None
        while True:
            page = await session.list_tools(cursor=cursor)
            tools += page.tools
            cursor = page.nextCursor
            if cursor is None:
                break
        names = [tool.name for tool in tools]
        assert "book_appointment" in names, names
        # The client checks structured content against the output schema itself.
        made = await session.call_tool("create_contact", {"first_name": "Ana", "last_name": "Silva"})
        assert not made.isError, made
        contact = made.structuredContent["outcome"]["id"]
        noted = await session.call_tool("add_note", {"contact": contact, "body": "Calls before ten"})
        assert noted.structuredContent["performed"], noted
        notes = await session.call_tool("list_notes", {"contact": contact})
        assert [note["body"] for note in notes.structuredContent["outcome"]["items"]] == ["Calls before ten"], notes
        for agrees, performed in [(False, False), (True, True)]:
            done = await session.call_tool("delete_contact", {"contact": contact})
            assert done.structuredContent["performed"] is performed, done
        assert len(asked) == 2 and "Ana Silva" in asked[0], asked
        gone = await session.call_tool("get_contact", {"contact": contact})
        assert gone.isError and "not found" in gone.content[0].text, gone
        agenda = await session.read_resource("ringly://agenda/today")
        assert "appointments" in agenda.contents[0].text
        prompts = await session.list_prompts()
        assert "daily_brief" in [prompt.name for prompt in prompts.prompts]
        print(contact)


asyncio.run(main(sys.argv[1:]))
