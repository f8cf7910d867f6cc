"""Bodies as NebulaGraph Explorer's documentation prints them, and some made to fit its schema."""

from __future__ import annotations

CONNECT_COOKIE = "explorer_token=eyJhb; Path=/; # Max-Age=259200; HttpOnly"

CONNECTED = b'{"code":0,"data":{"success":true},"message":"Success"}'
SUBMITTED = b'{"code":0,"data":{"id":107},"message":"Success"}'
CANCELLED = CONNECTED

LIST_ALL_QUERY = "filter=%7B%20%22status%22%3A%202%2C%20%20%22orderByCreateTime%22%3A%20%22asc%22%7D&pageSize=10&page=1"
LIST_ALL = b"""{"code":0,"data":{"items":[
  {"id":105,"name":"workflow_q745a_20220715090915","workflowId":"4216617528","workflowName":"workflow_q745a","status":2,
   "runBeginTime":1657847358000,"runEndTime":1657847364000,"createTime":1657847355906},
  {"id":106,"name":"workflow_q745a_20220715092236","workflowId":"4216617528","workflowName":"workflow_q745a","status":2,
   "runBeginTime":1657848157000,"runEndTime":1657848163000,"createTime":1657848156290}],
 "total":2,"Page":1,"PageSize":10},"message":"Success"}"""

LIST_OF_ONE_WORKFLOW_QUERY = (
    "filter=%7B%22status%22%3A%202%2C%20%20%22fromCreateTime%22%3A%201657874100000%7D&pageSize=10&page=1"
)
LIST_OF_ONE_WORKFLOW = b"""{"code":0,"data":{"items":[
  {"id":115,"name":"workflow_q745a_20220715163650","workflowId":"4216617528","workflowName":"workflow_q745a","status":2,
   "runBeginTime":1657874212000,"runEndTime":1657874218000,"createTime":1657874210088}],
 "total":1,"Page":1,"PageSize":10},"message":"Success"}"""

LIST_OF_A_DRAFT = b"""{"code":0,"data":{"items":[
  {"id":102,"name":"workflow_qoutm_20220714163750","workflowId":"3533497370","workflowName":"workflow_qoutm","status":2,
   "tasks":null,"runBeginTime":1657787872000,"runEndTime":1657787875000,"createTime":1657787870010}],
 "total":1,"page":1,"pageSize":10},"message":"Success"}"""

LIST_SECOND_PAGE = b"""{"code":0,"data":{"items":[
  {"id":30711,"name":"fraud_rank_20230301094410","workflowId":"3821817867","workflowName":"fraud_rank","status":4,
   "tasks":null,"runBeginTime":1677635053000,"runEndTime":1677635061000,"createTime":1677635050903},
  {"id":30710,"name":"fraud_rank_20230301093001","workflowId":"3821817867","workflowName":"fraud_rank","status":3,
   "tasks":null,"runBeginTime":1677634204000,"runEndTime":1677634209000,"createTime":1677634201288}],
 "total":4,"Page":2,"PageSize":2},"message":"Success"}"""

DETAILS = b"""{"code":0,"data":{"id":1964,"name":"workflow_xkkjf_20220712103332","workflowId":"3992429968",
 "workflowName":"workflow_xkkjf","status":2,
 "tasks":[{"id":"f93dea90fc3a11ecac7e6da0662c195b","name":"BFS","runBeginTime":"2022-07-12T10:33:35+08:00",
           "runEndTime":"2022-07-12T10:33:38+08:00","status":2}],
 "runBeginTime":1657593215000,"runEndTime":1657593218000,"createTime":1657593212505},"message":"Success"}"""

DETAILS_OF_A_RUNNING_JOB = b"""{"code":0,"data":{"id":30712,"name":"fraud_rank_20230301101502",
 "workflowId":"3821817867","workflowName":"fraud_rank","status":1,
 "tasks":[{"id":"query_1","name":"Query","runBeginTime":"2023-03-01T10:15:05+08:00",
           "runEndTime":"2023-03-01T10:15:07+08:00","status":2},
          {"id":"analytics_pagerank_2","name":"PageRank","runBeginTime":"2023-03-01T10:15:08+08:00",
           "runEndTime":"0001-01-01T00:00:00Z","status":1}],
 "runBeginTime":1677636905000,"runEndTime":0,"createTime":1677636902417},"message":"Success"}"""

ROWS = b"""{"code":0,"data":{"items":[["player110","0.150000"],["team219","0.452126"],["player121","0.262148"]]},
 "message":"Success"}"""
ROWS_OF_THREE = b"""{"code":0,"data":{"items":[["player100","player101","1.000000"],
 ["player100","team204","2.000000"]]},
 "message":"Success"}"""
NO_ROWS = b'{"code":0,"data":{"items":[]},"message":"Success"}'

BAD_REQUEST = b'{"code":40004000,"message":"ErrBadRequest"}'
SESSION_EXPIRED = b'{"code":40104001,"message":"ErrSession::token is expired"}'
CONTROLLER = b'{"code":50004002,"message":"ErrInternalController"}'
DATABASE = b'{"code":50004001,"message":"ErrInternalDatabase"}'
