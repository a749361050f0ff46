/** Flows of the interpose pipeline for two Pods with a pair and a mirror each, as the switch prints them. @module */

export const INTERPOSE_FLOWS = `
table=0, priority=65535,ip,in_port=11 actions=set_field:0x1->reg15,resubmit(,207),resubmit(,208)
table=0, priority=65535,ipv6,in_port=11 actions=set_field:0x1->reg15,resubmit(,207),resubmit(,208)
table=0, priority=65535,ip,in_port=13 actions=set_field:0x2->reg15,resubmit(,207),resubmit(,208)
table=0, priority=65535,ipv6,in_port=13 actions=set_field:0x2->reg15,resubmit(,207),resubmit(,208)
table=0, priority=65534,in_port=11 actions=drop
table=0, priority=65534,in_port=13 actions=drop
table=0, priority=65535,in_port=20 actions=drop
table=0, priority=65535,in_port=10 actions=drop
table=0, priority=65535,in_port=12 actions=drop
table=0, priority=65001,icmp6,reg15=0/0x80000000,icmp_type=133 actions=resubmit(,206)
table=0, priority=65001,icmp6,reg15=0/0x80000000,icmp_type=134 actions=resubmit(,206)
table=0, priority=65001,icmp6,reg15=0/0x80000000,icmp_type=135 actions=resubmit(,206)
table=0, priority=65001,icmp6,reg15=0/0x80000000,icmp_type=136 actions=resubmit(,206)
table=0, priority=65001,icmp6,reg15=0/0x80000000,icmp_type=137 actions=resubmit(,206)
table=0, priority=65000,ip,reg15=0/0x80000000 actions=resubmit(,200)
table=0, priority=65000,ipv6,reg15=0/0x80000000 actions=resubmit(,200)
table=0, priority=0 actions=NORMAL
table=200, priority=10,in_port=1,dl_src=02:aa:00:00:00:01 actions=set_field:0x1->reg14,resubmit(,201)
table=200, priority=10,in_port=2,dl_src=02:aa:00:00:00:02 actions=set_field:0x2->reg14,resubmit(,201)
table=200, priority=9,in_port=1 actions=drop
table=200, priority=9,in_port=2 actions=drop
table=200, priority=5,dl_src=02:aa:00:00:00:01 actions=set_field:0x40000000/0x40000000->reg15,resubmit(,201)
table=200, priority=5,dl_src=02:aa:00:00:00:02 actions=set_field:0x40000000/0x40000000->reg15,resubmit(,201)
table=200, priority=0 actions=resubmit(,201)
table=201, priority=12,ip,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,nw_dst=10.9.0.1 actions=set_field:0x1->reg13,resubmit(,202)
table=201, priority=12,ip,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,nw_dst=10.9.0.2 actions=set_field:0x2->reg13,resubmit(,202)
table=201, priority=12,ipv6,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,ipv6_dst=fd09::1 actions=set_field:0x1->reg13,resubmit(,202)
table=201, priority=12,ipv6,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,ipv6_dst=fd09::2 actions=set_field:0x2->reg13,resubmit(,202)
table=201, priority=10,dl_dst=02:aa:00:00:00:01 actions=set_field:0x1->reg13,resubmit(,202)
table=201, priority=10,dl_dst=02:aa:00:00:00:02 actions=set_field:0x2->reg13,resubmit(,202)
table=201, priority=0 actions=resubmit(,202)
table=202, priority=20,reg14=0x1,reg15=0/0xffff actions=output:20,resubmit(,203)
table=202, priority=20,reg14=0x2,reg15=0/0xffff actions=output:20,resubmit(,203)
table=202, priority=10,reg15=0/0xffff actions=resubmit(,203)
table=202, priority=0 actions=resubmit(,205)
table=203, priority=20,reg13=0x1 actions=set_field:0x14->reg11,resubmit(,204),resubmit(,205)
table=203, priority=20,reg13=0x2 actions=set_field:0x14->reg11,resubmit(,204),resubmit(,205)
table=203, priority=0 actions=resubmit(,205)
table=204, priority=20,reg11=0x14,reg14=0x1 actions=drop
table=204, priority=20,reg11=0x14,reg14=0x2 actions=drop
table=204, priority=10,reg11=0x14 actions=output:20
table=205, priority=45,reg13=0x1,reg15=0x40000000/0x4000ffff actions=drop
table=205, priority=45,reg13=0x2,reg15=0x40000000/0x4000ffff actions=drop
table=205, priority=40,reg14=0x1,reg15=0/0xffff actions=learn(table=207,idle_timeout=300,priority=10,cookie=0x51ce000100000000,limit=4096,NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15]),output:10
table=205, priority=40,reg14=0x2,reg15=0/0xffff actions=learn(table=207,idle_timeout=300,priority=10,cookie=0x51ce000100000000,limit=4096,NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15]),output:12
table=205, priority=36,reg13=0x1,reg15=0/0xffff,vlan_tci=0x1000/0x1000 actions=learn(table=207,idle_timeout=300,priority=25,cookie=0x51ce000100000000,limit=4096,NXM_OF_ETH_SRC[],NXM_OF_ETH_DST[],load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15],load:OXM_OF_VLAN_VID[]->NXM_NX_REG10[0..11],load:0x1->NXM_NX_REG10[12]),pop_vlan,output:10
table=205, priority=36,reg13=0x2,reg15=0/0xffff,vlan_tci=0x1000/0x1000 actions=learn(table=207,idle_timeout=300,priority=25,cookie=0x51ce000100000000,limit=4096,NXM_OF_ETH_SRC[],NXM_OF_ETH_DST[],load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15],load:OXM_OF_VLAN_VID[]->NXM_NX_REG10[0..11],load:0x1->NXM_NX_REG10[12]),pop_vlan,output:12
table=205, priority=35,reg13=0x1,reg15=0/0xffff actions=learn(table=207,idle_timeout=300,priority=10,cookie=0x51ce000100000000,limit=4096,NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15]),output:10
table=205, priority=30,reg13=0x1,reg15=0x1/0xffff actions=resubmit(,206)
table=205, priority=35,reg13=0x2,reg15=0/0xffff actions=learn(table=207,idle_timeout=300,priority=10,cookie=0x51ce000100000000,limit=4096,NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15]),output:12
table=205, priority=30,reg13=0x2,reg15=0x2/0xffff actions=resubmit(,206)
table=205, priority=21,reg13=0x1,vlan_tci=0x1000/0x1000 actions=learn(table=207,idle_timeout=300,priority=25,cookie=0x51ce000100000000,limit=4096,NXM_OF_ETH_SRC[],NXM_OF_ETH_DST[],load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15],load:OXM_OF_VLAN_VID[]->NXM_NX_REG10[0..11],load:0x1->NXM_NX_REG10[12]),pop_vlan,output:10
table=205, priority=21,reg13=0x2,vlan_tci=0x1000/0x1000 actions=learn(table=207,idle_timeout=300,priority=25,cookie=0x51ce000100000000,limit=4096,NXM_OF_ETH_SRC[],NXM_OF_ETH_DST[],load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15],load:OXM_OF_VLAN_VID[]->NXM_NX_REG10[0..11],load:0x1->NXM_NX_REG10[12]),pop_vlan,output:12
table=205, priority=20,reg13=0x1 actions=learn(table=207,idle_timeout=300,priority=10,cookie=0x51ce000100000000,limit=4096,NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15]),output:10
table=205, priority=20,reg13=0x2 actions=learn(table=207,idle_timeout=300,priority=10,cookie=0x51ce000100000000,limit=4096,NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG12[0..15]),output:12
table=205, priority=0 actions=resubmit(,206)
table=206, priority=0 actions=set_field:0->reg10,set_field:0->reg11,set_field:0->reg12,set_field:0->reg13,set_field:0->reg14,set_field:0x80000000->reg15,resubmit(,0)
table=207, priority=20,dl_src=02:aa:00:00:00:01 actions=set_field:0x1->reg12
table=207, priority=20,dl_src=02:aa:00:00:00:02 actions=set_field:0x2->reg12
cookie=0x51ce000100000000, table=207, idle_timeout=300, priority=10,dl_src=02:aa:00:00:00:02 actions=set_field:0x2/0xffff->reg12
cookie=0x51ce000100000000, table=207, idle_timeout=300, priority=10,dl_src=02:aa:00:00:00:01 actions=set_field:0x1/0xffff->reg12
table=208, priority=2,reg10=0x1000/0x1000 actions=move:NXM_NX_REG12[0..15]->NXM_OF_IN_PORT[],push_vlan:0x8100,move:NXM_NX_REG10[0..11]->OXM_OF_VLAN_VID[],set_field:0->reg10,resubmit(,200)
table=208, priority=1,reg12=0 actions=drop
table=208, priority=0 actions=move:NXM_NX_REG12[0..15]->NXM_OF_IN_PORT[],resubmit(,200)
`.trim().split("\n");
